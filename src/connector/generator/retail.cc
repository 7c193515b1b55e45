#include <algorithm>
#include <array>

#include "connector/generator/block_internal.h"
#include "connector/generator/names_internal.h"
#include "connector/generator/text_internal.h"

namespace oresmith::connector {
namespace {

constexpr int64_t kCustomers = 12'435;
constexpr size_t kProducts = 100;
constexpr int64_t kItemsMax = 5;
constexpr int64_t kQuantityMax = 5;

struct Product {
  int64_t id = 0;
  int64_t cents = 0;
};

// The products of the published retail feed, most wanted first; the rest are invented.
constexpr std::array kKnownProducts = {
    Product{957, 29998},  Product{365, 5999},   Product{502, 5000}, Product{403, 12999},
    Product{1014, 4998},  Product{1073, 19999}, Product{191, 9999}, Product{627, 3999},
    Product{1004, 39998}, Product{897, 2499},   Product{793, 1499},
};

std::vector<Product> MakeProducts(Rng& rng) {
  std::vector<Product> products(kKnownProducts.begin(), kKnownProducts.end());
  constexpr std::array<int64_t, 5> kEndings = {98, 99, 0, 95, 50};
  while (products.size() < kProducts) {
    const int64_t id = rng.Between(1, 1345);
    const bool taken = std::any_of(products.begin(), products.end(),
                                   [id](const Product& product) { return product.id == id; });
    if (taken) continue;
    products.push_back({id, rng.Between(9, 499) * 100 + kEndings[rng.Below(kEndings.size())]});
  }
  return products;
}

// Everything of an item behind its id, for a quantity.
std::string ItemText(const Product& product, int64_t quantity) {
  std::string text = ",\"order_item_product_id\":";
  AppendNumber(text, product.id);
  text += ",\"order_item_quantity\":";
  AppendNumber(text, quantity);
  text += ",\"order_item_product_price\":";
  AppendCents(text, product.cents);
  text += ",\"order_item_subtotal\":";
  AppendCents(text, product.cents * quantity);
  text += '}';
  return text;
}

std::string CustomerText(int64_t id, const WeightedDraw& city_draw, Rng& rng) {
  const City& city = kCities[city_draw.Draw(rng)];
  std::string text = "\"customer_id\":";
  AppendNumber(text, id);
  text += ",\"customer_fname\":\"";
  text += kFirstNames[rng.Below(kFirstNames.size())];
  text += "\",\"customer_lname\":\"";
  text += kLastNames[rng.Below(kLastNames.size())];
  text += "\",\"city\":\"";
  text += city.name;
  text += "\",\"state\":\"";
  text += city.state;
  text += "\",\"pincode\":";
  AppendNumber(text, city.pincode + rng.Between(0, 59));
  text += ",\"order_ts\":\"";
  return text;
}

std::vector<double> CityWeights(bool skewed) {
  std::vector<double> weights;
  for (const City& city : kCities) weights.push_back(skewed ? city.weight : 1);
  return weights;
}

// Customers and products are rendered once; an order is put together from their texts.
class RetailGenerator final : public BlockGenerator {
 public:
  explicit RetailGenerator(const GeneratorOptions& options)
      : BlockGenerator(options),
        customer_draw_(
            ZipfWeights(kCustomers, {.exponent = options.skewed ? 0.8 : 0, .offset = 10})),
        product_draw_(ZipfWeights(kProducts, {.exponent = options.skewed ? 0.9 : 0, .offset = 1})) {
    Rng rng(options.seed, ~uint64_t{0});
    const WeightedDraw city_draw(CityWeights(options.skewed));
    // Who is a frequent customer has nothing to do with a low number.
    for (int64_t id = 1; id <= kCustomers; ++id) {
      customers_.push_back(CustomerText(id, city_draw, rng));
    }
    for (size_t i = customers_.size() - 1; i > 0; --i) {
      std::swap(customers_[i], customers_[rng.Below(i + 1)]);
    }
    for (const Product& product : MakeProducts(rng)) {
      for (int64_t q = -kQuantityMax; q <= kQuantityMax; ++q) {
        items_.push_back(ItemText(product, q));
      }
    }
  }

 protected:
  void AppendOrder(std::string& out, const OrderDraw& draw, Rng& rng) override {
    id_.clear();
    AppendNumber(id_, draw.number + 1);
    out += '{';
    AppendOrderId(out, draw.trouble, id_);
    out += customers_[customer_draw_.Draw(rng)];
    AppendTime(out, draw.micros);
    out += "\",\"line_items\":[";
    const int64_t items = rng.Between(1, kItemsMax);
    const int64_t negative = draw.trouble == Trouble::kNegative ? rng.Between(0, items - 1) : -1;
    for (int64_t i = 0; i < items; ++i) {
      out += i == 0 ? "{\"order_item_id\":" : ",{\"order_item_id\":";
      AppendNumber(out, draw.number * kItemsMax + i + 1);
      const int64_t quantity = rng.Between(1, kQuantityMax) * (i == negative ? -1 : 1);
      out += Item(product_draw_.Draw(rng), quantity);
    }
    out += "]}";
  }

 private:
  const std::string& Item(size_t product, int64_t quantity) const {
    constexpr size_t kPerProduct = 2 * kQuantityMax + 1;
    return items_[product * kPerProduct + static_cast<size_t>(quantity + kQuantityMax)];
  }

  const WeightedDraw customer_draw_;
  const WeightedDraw product_draw_;
  std::vector<std::string> customers_;  // by rank, the most frequent first
  std::vector<std::string> items_;      // by product, then quantity from -5 to 5
  std::string id_;
};

}  // namespace

std::unique_ptr<Generator> MakeRetailGenerator(const GeneratorOptions& options) {
  return std::make_unique<RetailGenerator>(options);
}

}  // namespace oresmith::connector
