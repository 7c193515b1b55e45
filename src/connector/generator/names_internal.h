#pragma once

// Names that look like those of real customers and places.

#include <array>
#include <string_view>

namespace oresmith::connector {

struct City {
  std::string_view name;
  std::string_view state;
  int pincode = 0;    // of the centre; districts add up to 59
  double weight = 0;  // how many customers live there, when the generator is skewed
};

inline constexpr std::array kCities = {
    City{"Chicago", "IL", 60601, 12.0},      City{"Caguas", "PR", 725, 9.0},
    City{"New York", "NY", 10001, 8.5},      City{"Los Angeles", "CA", 90001, 4.0},
    City{"Houston", "TX", 77001, 2.3},       City{"Phoenix", "AZ", 85001, 1.6},
    City{"Philadelphia", "PA", 19101, 1.6},  City{"San Antonio", "TX", 78201, 1.5},
    City{"San Diego", "CA", 92101, 1.4},     City{"Dallas", "TX", 75201, 1.3},
    City{"San Jose", "CA", 95101, 1.0},      City{"Austin", "TX", 73301, 1.0},
    City{"Jacksonville", "FL", 32099, 0.9},  City{"Fort Worth", "TX", 76101, 0.9},
    City{"Columbus", "OH", 43085, 0.9},      City{"Charlotte", "NC", 28201, 0.9},
    City{"San Francisco", "CA", 94102, 0.8}, City{"Indianapolis", "IN", 46201, 0.9},
    City{"Seattle", "WA", 98101, 0.7},       City{"Denver", "CO", 80201, 0.7},
    City{"Washington", "DC", 20001, 0.7},    City{"Boston", "MA", 2108, 0.7},
    City{"El Paso", "TX", 79901, 0.7},       City{"Nashville", "TN", 37201, 0.7},
    City{"Detroit", "MI", 48201, 0.6},       City{"Oklahoma City", "OK", 73101, 0.7},
    City{"Portland", "OR", 97201, 0.6},      City{"Las Vegas", "NV", 89101, 0.6},
    City{"Memphis", "TN", 37501, 0.6},       City{"Louisville", "KY", 40201, 0.6},
    City{"Baltimore", "MD", 21201, 0.6},     City{"Milwaukee", "WI", 53201, 0.6},
    City{"Albuquerque", "NM", 87101, 0.6},   City{"Tucson", "AZ", 85701, 0.5},
    City{"Fresno", "CA", 93701, 0.5},        City{"Mesa", "AZ", 85201, 0.5},
    City{"Sacramento", "CA", 94203, 0.5},    City{"Atlanta", "GA", 30301, 0.5},
    City{"Kansas City", "MO", 64101, 0.5},   City{"Omaha", "NE", 68101, 0.5},
    City{"Raleigh", "NC", 27601, 0.5},       City{"Miami", "FL", 33101, 0.4},
    City{"Oakland", "CA", 94601, 0.4},       City{"Minneapolis", "MN", 55401, 0.4},
    City{"Tulsa", "OK", 74101, 0.4},         City{"Wichita", "KS", 67201, 0.4},
    City{"New Orleans", "LA", 70112, 0.4},   City{"Arlington", "TX", 76010, 0.4},
    City{"Cañon City", "CO", 81212, 0.1},    City{"Bayamón", "PR", 956, 0.3},
};

inline constexpr std::array<std::string_view, 32> kFirstNames = {
    "Mary",     "John",    "Ann",      "Robert",  "Ashley",    "David",   "Melissa",  "James",
    "Jessica",  "Michael", "Amanda",   "William", "Sarah",     "Richard", "Jennifer", "Joseph",
    "Nicholas", "Thomas",  "Nicole",   "Charles", "Elizabeth", "Brian",   "Heather",  "Daniel",
    "Matthew",  "Anthony", "Jonathan", "José",    "Zoë",       "Renée",   "Søren",    "Stephanie"};

inline constexpr std::array<std::string_view, 36> kLastNames = {
    "Smith",  "Johnson",  "Williams",  "Brown",    "Jones", "Garcia", "Miller",   "Davis",
    "Malone", "Martinez", "Hernandez", "Lopez",    "Knapp", "Wilson", "Anderson", "Thomas",
    "Taylor", "Moore",    "Jackson",   "Martin",   "Lee",   "Perez",  "Thompson", "White",
    "Harris", "O'Brien",  "Núñez",     "Müller",   "Clark", "Lewis",  "Figueroa", "Simmons",
    "Parker", "Ruiz",     "Henry",     "Rodriguez"};

}  // namespace oresmith::connector
