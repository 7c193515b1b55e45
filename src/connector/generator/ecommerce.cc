#include <array>

#include "connector/generator/block_internal.h"
#include "connector/generator/names_internal.h"
#include "connector/generator/text_internal.h"

namespace oresmith::connector {
namespace {

struct Article {
  std::string_view category;
  std::string_view name;
  int64_t cents = 0;
};

constexpr std::array kArticles = {
    Article{"Electronics", "Wireless Headphones", 7999},
    Article{"Electronics", "Phone Charger", 1999},
    Article{"Electronics", "Bluetooth Speaker", 4950},
    Article{"Electronics", "4K Monitor", 32900},
    Article{"Electronics", "Mechanical Keyboard", 8995},
    Article{"Clothing", "Cotton T-Shirt", 1499},
    Article{"Clothing", "Running Shoes", 8450},
    Article{"Clothing", "Rain Jacket", 11900},
    Article{"Clothing", "Wool Socks", 995},
    Article{"Home", "Coffee Grinder", 5999},
    Article{"Home", "Desk Lamp", 3499},
    Article{"Home", "Bed Linen", 6500},
    Article{"Home", "Cast Iron Pan", 4299},
    Article{"Books", "Cookbook", 2495},
    Article{"Books", "Crime Novel", 1299},
    Article{"Books", "Atlas", 4990},
    Article{"Sports", "Yoga Mat", 2999},
    Article{"Sports", "Dumbbell Set", 8900},
    Article{"Sports", "Water Bottle", 1795},
    Article{"Toys", "Building Blocks", 3999},
    Article{"Toys", "Board Game", 2950},
    Article{"Beauty", "Hand Cream", 799},
    Article{"Beauty", "Shampoo", 650},
    Article{"Grocery", "Olive Oil", 1190},
};

constexpr std::array<std::string_view, 4> kStatus = {"completed", "pending", "cancelled", "test"};
constexpr std::array<std::string_view, 4> kPayments = {"credit_card", "paypal", "debit_card",
                                                       "gift_card"};
constexpr size_t kCustomers = 20'000;
constexpr uint64_t kNullOneIn = 50;  // a price, and likewise a quantity, is null so often

std::vector<double> CityWeights(bool skewed) {
  std::vector<double> weights;
  for (const City& city : kCities) weights.push_back(skewed ? city.weight : 1);
  return weights;
}

// A version 4 UUID from the record's own random numbers, quoted.
void PutUuid(std::string& out, Rng& rng) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  uint64_t bits = rng.Next();
  out += '"';
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (i == 19) bits = rng.Next();
    if (kForm[i] == 'x' || kForm[i] == 'y') {
      out += kDigits[kForm[i] == 'y' ? 8 + (bits & 3) : bits & 15];
      bits >>= 4;
    } else {
      out += kForm[i];
    }
  }
  out += '"';
}

class EcommerceGenerator final : public BlockGenerator {
 public:
  explicit EcommerceGenerator(const GeneratorOptions& options)
      : BlockGenerator(options),
        customer_draw_(
            ZipfWeights(kCustomers, {.exponent = options.skewed ? 0.8 : 0, .offset = 10})),
        article_draw_(
            ZipfWeights(kArticles.size(), {.exponent = options.skewed ? 0.8 : 0, .offset = 2})),
        city_draw_(CityWeights(options.skewed)),
        status_draw_({90, 6, 3, 1}),
        payment_draw_({6, 3, 2, 0.5}) {}

 protected:
  void AppendOrder(std::string& out, const OrderDraw& draw, Rng& rng) override {
    id_.clear();
    PutUuid(id_, rng);
    out += '{';
    AppendOrderId(out, draw.trouble, id_);
    out += "\"timestamp\":\"";
    AppendTime(out, draw.micros);
    out += "\",\"customer_id\":";
    const auto customer = static_cast<int64_t>(customer_draw_.Draw(rng));
    AppendNumber(out, customer + 1);
    AppendName(out, static_cast<uint64_t>(customer));
    const Article& article = kArticles[article_draw_.Draw(rng)];
    out += "\",\"category\":\"";
    out += article.category;
    out += "\",\"product\":\"";
    out += article.name;
    out += "\",\"location\":\"";
    out += kCities[city_draw_.Draw(rng)].name;
    out += "\",\"price\":";
    AppendOrNull(out, rng, [&] { AppendCents(out, article.cents); });
    out += ",\"quantity\":";
    const int64_t quantity = rng.Between(1, 5) * (draw.trouble == Trouble::kNegative ? -1 : 1);
    if (draw.trouble == Trouble::kNegative) {
      AppendNumber(out, quantity);
    } else {
      AppendOrNull(out, rng, [&] { AppendNumber(out, quantity); });
    }
    out += ",\"payment_method\":\"";
    out += kPayments[payment_draw_.Draw(rng)];
    out += "\",\"status\":\"";
    out += kStatus[status_draw_.Draw(rng)];
    out += "\"}";
  }

 private:
  // A customer keeps the name: it follows from the number.
  static void AppendName(std::string& out, uint64_t customer) {
    Rng rng(customer);
    out += ",\"customer_name\":\"";
    out += kFirstNames[rng.Below(kFirstNames.size())];
    out += ' ';
    out += kLastNames[rng.Below(kLastNames.size())];
  }

  template <class Append>
  static void AppendOrNull(std::string& out, Rng& rng, const Append& append) {
    if (rng.Below(kNullOneIn) == 0) {
      out += "null";
    } else {
      append();
    }
  }

  const WeightedDraw customer_draw_;
  const WeightedDraw article_draw_;
  const WeightedDraw city_draw_;
  const WeightedDraw status_draw_;
  const WeightedDraw payment_draw_;
  std::string id_;
};

}  // namespace

std::unique_ptr<Generator> MakeEcommerceGenerator(const GeneratorOptions& options) {
  return std::make_unique<EcommerceGenerator>(options);
}

}  // namespace oresmith::connector
