#include "connector/generator/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace oresmith::connector {
namespace {

using ::testing::HasSubstr;

constexpr TroubleShares kNoTrouble = {
    .malformed = 0, .no_id = 0, .negative = 0, .duplicate = 0, .late = 0};

std::string Lines(const GeneratorOptions& options, int64_t records) {
  auto generator = MakeGenerator(options);
  EXPECT_TRUE(generator.has_value());
  std::string out;
  (*generator)->Append(out, records);
  return out;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool IsJson(simdjson::dom::parser& parser, const std::string& line) {
  return parser.parse(line).error() == simdjson::SUCCESS;
}

class EveryKind : public ::testing::TestWithParam<OrderKind> {
 protected:
  GeneratorOptions Options() const { return {.kind = GetParam(), .seed = 11}; }
};

INSTANTIATE_TEST_SUITE_P(Orders, EveryKind,
                         ::testing::Values(OrderKind::kRetail, OrderKind::kRestaurant,
                                           OrderKind::kEcommerce));

TEST_P(EveryKind, ASeedGivesTheSameBytesAndAnotherSeedOthers) {
  const std::string first = Lines(Options(), 2000);
  EXPECT_EQ(first, Lines(Options(), 2000));
  GeneratorOptions other = Options();
  other.seed = 12;
  EXPECT_NE(first, Lines(other, 2000));
}

TEST_P(EveryKind, ItDoesNotMatterHowManyAreAskedForAtOnce) {
  auto generator = MakeGenerator(Options());
  ASSERT_TRUE(generator.has_value());
  std::string out;
  for (const int64_t records : {1, 999, 1000}) (*generator)->Append(out, records);
  EXPECT_EQ(out, Lines(Options(), 2000));
}

TEST_P(EveryKind, ABlockFollowsFromItsNumberAlone) {
  const auto block = [&](bool after_another) {
    auto generator = MakeGenerator(Options());
    std::string out;
    if (after_another) (*generator)->Append(out, 5000);
    out.clear();
    (*generator)->Begin(7000, Instant{1'795'255'200'000'000});
    (*generator)->Append(out, 3000);
    return out;
  };
  EXPECT_EQ(block(false), block(true));
}

TEST_P(EveryKind, WithoutTroubleEachLineIsAJsonObjectWithAnId) {
  GeneratorOptions options = Options();
  options.trouble = kNoTrouble;
  simdjson::dom::parser parser;
  for (const std::string& line : Split(Lines(options, 5000))) {
    ASSERT_TRUE(IsJson(parser, line)) << line;
    EXPECT_THAT(line, HasSubstr("\"order_id\":"));
    EXPECT_TRUE(parser.parse(line)["order_id"].error() == simdjson::SUCCESS);
  }
}

TEST_P(EveryKind, MalformedLinesAreTheOnlyOnesThatAreNotJson) {
  GeneratorOptions options = Options();
  options.trouble = kNoTrouble;
  options.trouble.malformed = 0.1;
  simdjson::dom::parser parser;
  int64_t broken = 0;
  for (const std::string& line : Split(Lines(options, 50'000))) {
    if (!IsJson(parser, line)) ++broken;
    EXPECT_TRUE(simdjson::validate_utf8(line)) << line;
  }
  EXPECT_NEAR(static_cast<double>(broken), 5000, 300);
}

TEST_P(EveryKind, AboutAsManyIdsAreMissingAsChosen) {
  GeneratorOptions options = Options();
  options.trouble = kNoTrouble;
  options.trouble.no_id = 0.1;
  int64_t absent = 0;
  int64_t null = 0;
  for (const std::string& line : Split(Lines(options, 50'000))) {
    if (line.find("\"order_id\":null") != std::string::npos) ++null;
    if (line.find("\"order_id\":") == std::string::npos) ++absent;
  }
  EXPECT_NEAR(static_cast<double>(absent), 2500, 250);
  EXPECT_NEAR(static_cast<double>(null), 2500, 250);
}

TEST_P(EveryKind, DuplicatesRepeatAnEarlierLineByteForByte) {
  GeneratorOptions options = Options();
  options.trouble = kNoTrouble;
  options.trouble.duplicate = 0.1;
  std::set<std::string> seen;
  int64_t repeated = 0;
  for (std::string& line : Split(Lines(options, 20'000))) {
    if (!seen.insert(std::move(line)).second) ++repeated;
  }
  EXPECT_NEAR(static_cast<double>(repeated), 2000, 200);
}

TEST_P(EveryKind, NegativeQuantitiesComeAsOftenAsChosen) {
  GeneratorOptions options = Options();
  options.trouble = kNoTrouble;
  options.trouble.negative = 0.1;
  int64_t negative = 0;
  for (const std::string& line : Split(Lines(options, 20'000))) {
    if (line.find("quantity\":-") != std::string::npos) ++negative;
  }
  EXPECT_NEAR(static_cast<double>(negative), 2000, 200);
}

int64_t RestaurantSeconds(const std::string& line) {
  const std::string key = "\"timestamp\":";
  return std::stoll(line.substr(line.find(key) + key.size()));
}

TEST(Generator, LateRecordsAreOneToTwoHoursBehind) {
  GeneratorOptions options = {.kind = OrderKind::kRestaurant};
  options.trouble = kNoTrouble;
  options.trouble.late = 0.1;
  int64_t late = 0;
  int64_t due = Micros(options.start);
  for (const std::string& line : Split(Lines(options, 20'000))) {
    const int64_t behind = due / 1'000'000 - RestaurantSeconds(line);
    if (behind > 10) {
      ++late;
      EXPECT_GE(behind, 3600 - 10);
      EXPECT_LE(behind, 7200 + 10);
    }
    due += options.step_micros;
  }
  EXPECT_NEAR(static_cast<double>(late), 2000, 200);
}

TEST(Generator, RetailOrdersAddUp) {
  GeneratorOptions options;
  options.trouble = kNoTrouble;
  simdjson::dom::parser parser;
  int64_t number = 0;
  for (const std::string& line : Split(Lines(options, 2000))) {
    const simdjson::dom::element order = parser.parse(line);
    EXPECT_EQ(int64_t{order["order_id"]}, ++number);
    EXPECT_EQ(std::string_view(order["order_ts"]).size(), 24U);
    int64_t items = 0;
    for (const simdjson::dom::element item : order["line_items"].get_array()) {
      const auto quantity = static_cast<double>(int64_t{item["order_item_quantity"]});
      EXPECT_NEAR(double{item["order_item_product_price"]} * quantity,
                  double{item["order_item_subtotal"]}, 1e-6);
      EXPECT_EQ(int64_t{item["order_item_id"]}, (number - 1) * 5 + ++items);
    }
    EXPECT_GE(items, 1);
    EXPECT_LE(items, 5);
  }
}

TEST(Generator, RestaurantOrdersAddUpAndTheirIdsHaveSixDigits) {
  GeneratorOptions options = {.kind = OrderKind::kRestaurant};
  options.trouble = kNoTrouble;
  simdjson::dom::parser parser;
  std::set<int64_t> ids;
  for (const std::string& line : Split(Lines(options, 2000))) {
    const simdjson::dom::element order = parser.parse(line);
    const int64_t id = order["order_id"];
    EXPECT_GE(id, 100'000);
    EXPECT_LE(id, 999'999);
    ids.insert(id);
    int64_t amount = 0;
    for (const simdjson::dom::element item : order["items"].get_array()) {
      amount += int64_t{item["quantity"]} * int64_t{item["price"]};
    }
    EXPECT_EQ(int64_t{order["amount"]}, amount);
  }
  EXPECT_EQ(ids.size(), 2000U);
}

TEST(Generator, ChicagoIsFrequentWhenSkewedAndOneOfManyWhenNot) {
  const auto chicago = [](bool skewed) {
    GeneratorOptions options;
    options.trouble = kNoTrouble;
    options.skewed = skewed;
    int64_t count = 0;
    for (const std::string& line : Split(Lines(options, 20'000))) {
      if (line.find("\"city\":\"Chicago\"") != std::string::npos) ++count;
    }
    return count;
  };
  EXPECT_GT(chicago(true), 2000);
  EXPECT_NEAR(static_cast<double>(chicago(false)), 400, 150);
}

TEST(Generator, SomeCustomersOrderMuchMoreThanOthersWhenSkewed) {
  GeneratorOptions options;
  options.trouble = kNoTrouble;
  std::map<std::string, int64_t> orders;
  for (const std::string& line : Split(Lines(options, 20'000))) {
    const size_t at = line.find("\"customer_id\":");
    ++orders[line.substr(at, line.find(',', at) - at)];
  }
  int64_t most = 0;
  for (const auto& [customer, count] : orders) most = std::max(most, count);
  EXPECT_GT(most, 20 * 20'000 / static_cast<int64_t>(12'435));
}

TEST(Generator, UnknownKindsAndImpossibleSharesAreRefused) {
  const auto kind = ParseOrderKind("retial");
  ASSERT_FALSE(kind.has_value());
  EXPECT_THAT(kind.error().message, HasSubstr("retial"));
  EXPECT_THAT(kind.error().fix, HasSubstr("retail, restaurant or ecommerce"));
  GeneratorOptions options;
  options.trouble.late = -0.1;
  EXPECT_FALSE(MakeGenerator(options).has_value());
  options.trouble = {.malformed = 0.5, .no_id = 0.5, .negative = 0.5, .duplicate = 0, .late = 0};
  EXPECT_FALSE(MakeGenerator(options).has_value());
}

}  // namespace
}  // namespace oresmith::connector
