#pragma once

// One retail order out of its JSON line, with simdjson's On-Demand parser.

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace oresmith::bench {

struct Item {
  int64_t id = 0;
  int32_t product = 0;
  int32_t quantity = 0;
  double price = 0;
  double subtotal = 0;
};

/// Texts point into the line, or into the parser until the next line.
struct Order {
  bool has_id = false;
  int64_t id = 0;
  int32_t customer = 0;
  std::string_view first_name;
  std::string_view last_name;
  std::string_view city;
  std::string_view state;
  int32_t pincode = 0;
  int64_t micros = 0;
  std::vector<Item> items;
};

class OrderParser {
 public:
  /// False for a line that is no JSON object of an order. The SIMDJSON_PADDING bytes behind `line`
  /// must be readable.
  bool Parse(std::string_view line, Order& order);

 private:
  simdjson::ondemand::parser parser_;
};

}  // namespace oresmith::bench
