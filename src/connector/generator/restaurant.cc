#include <array>

#include "connector/generator/block_internal.h"
#include "connector/generator/text_internal.h"

namespace oresmith::connector {
namespace {

struct Dish {
  std::string_view name;
  int64_t price = 0;
  double weight = 0;  // how often it is asked for, when the generator is skewed
};

constexpr std::array kMenu = {
    Dish{"Masala Dosa", 70, 9}, Dish{"Idli", 40, 7},    Dish{"Idli Vada", 70, 5},
    Dish{"Poori", 50, 4},       Dish{"Chapati", 50, 3}, Dish{"Plain Dosa", 50, 4},
    Dish{"Tea", 10, 10},        Dish{"Coffee", 15, 12}, Dish{"Cold Drink", 20, 3},
    Dish{"Lassi", 25, 2},
};

constexpr std::array<std::string_view, 3> kPayments = {"UPI", "CARD", "CASH"};

std::vector<double> DishWeights(bool skewed) {
  std::vector<double> weights;
  for (const Dish& dish : kMenu) weights.push_back(skewed ? dish.weight : 1);
  return weights;
}

std::vector<double> PaymentWeights(bool skewed) {
  return skewed ? std::vector<double>{6, 3, 1} : std::vector<double>{1, 1, 1};
}

// Six digits that look drawn, yet differ for 900,000 orders in a row: 7919 has no divisor in common
// with 900,000.
int64_t SixDigits(int64_t number) { return 100'000 + (number * 7919 + 271'828) % 900'000; }

class RestaurantGenerator final : public BlockGenerator {
 public:
  explicit RestaurantGenerator(const GeneratorOptions& options)
      : BlockGenerator(options),
        dish_draw_(DishWeights(options.skewed)),
        payment_draw_(PaymentWeights(options.skewed)) {}

 protected:
  void AppendOrder(std::string& out, const OrderDraw& draw, Rng& rng) override {
    const int64_t guests = rng.Between(1, 10);
    const int64_t amount = DrawDishes(guests, draw.trouble, rng);
    id_.clear();
    AppendNumber(id_, SixDigits(draw.number));
    out += '{';
    AppendOrderId(out, draw.trouble, id_);
    out += "\"table_id\":\"T";
    AppendNumber(out, rng.Between(1, 10));
    out += "\",\"customer_per_order\":";
    AppendNumber(out, guests);
    out += ",\"payment_mode\":\"";
    out += kPayments[payment_draw_.Draw(rng)];
    out += "\",\"items\":[";
    AppendItems(out);
    out += "],\"amount\":";
    AppendNumber(out, amount);
    out += ",\"timestamp\":";
    AppendNumber(out, draw.micros / 1'000'000);
    out += '}';
  }

 private:
  // Fills quantities_ and gives the price of them all. Each guest takes one to three things.
  int64_t DrawDishes(int64_t guests, Trouble trouble, Rng& rng) {
    quantities_.fill(0);
    const int64_t things = guests * rng.Between(1, 3);
    size_t dish = 0;
    for (int64_t i = 0; i < things; ++i) {
      dish = dish_draw_.Draw(rng);
      ++quantities_[dish];
    }
    if (trouble == Trouble::kNegative) quantities_[dish] *= -1;
    int64_t amount = 0;
    for (size_t i = 0; i < kMenu.size(); ++i) amount += quantities_[i] * kMenu[i].price;
    return amount;
  }

  void AppendItems(std::string& out) const {
    bool first = true;
    for (size_t i = 0; i < kMenu.size(); ++i) {
      if (quantities_[i] == 0) continue;
      out += first ? "{\"name\":\"" : ",{\"name\":\"";
      first = false;
      out += kMenu[i].name;
      out += "\",\"quantity\":";
      AppendNumber(out, quantities_[i]);
      out += ",\"price\":";
      AppendNumber(out, kMenu[i].price);
      out += '}';
    }
  }

  const WeightedDraw dish_draw_;
  const WeightedDraw payment_draw_;
  std::array<int64_t, kMenu.size()> quantities_ = {};
  std::string id_;
};

}  // namespace

std::unique_ptr<Generator> MakeRestaurantGenerator(const GeneratorOptions& options) {
  return std::make_unique<RestaurantGenerator>(options);
}

}  // namespace oresmith::connector
