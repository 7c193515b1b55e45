// What of a query's conditions reaches its scans. The danger: a condition that a row need not
// fulfil to be part of the result.

#include "command/push_down.h"

#include <gtest/gtest.h>

#include "sql/binder.h"
#include "sql/parser.h"
#include "support/fake_catalog.h"

namespace oresmith::command {
namespace {

/// The condition for each scan of the query, as text.
std::vector<std::string> Pushed(const std::string& sql) {
  sql::FakeCatalog catalog;
  catalog.AddTable("orders",
                   "id BIGINT, small INT, city STRING, amount DOUBLE, price DECIMAL(10,2), "
                   "day DATE, paid BOOLEAN, address STRUCT<zip: STRING>");
  catalog.AddTable("cities", "name STRING, country STRING");
  auto parsed = sql::ParseQuery("query", sql);
  EXPECT_TRUE(parsed.has_value());
  const auto& statement = std::get<sql::QueryStatement>(parsed->statements[0].node);
  auto plan = sql::BindQuery(*statement.query, *parsed->source, catalog, sql::BindOptions{});
  EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().message);
  if (!plan) return {};
  sql::PruneColumns(*plan);
  std::vector<std::string> texts;
  for (const delta::Predicate& predicate : PushedDown(*plan)) texts.push_back(ToText(predicate));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(PushDown, ConditionsOnColumnsReachTheScan) {
  EXPECT_EQ(Pushed("SELECT id FROM orders WHERE city = 'x'"), Texts{"(city = 'x')"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE 3 < id AND small IN (1, 2)"),
            Texts{"((id > 3) AND (small IN (1, 2)))"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE city LIKE 'ab%' OR city IS NULL"),
            Texts{"((city LIKE 'ab'%) OR (city IS NULL))"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE address.zip = '1' AND NOT paid"),
            Texts{"((address.zip = '1') AND (NOT (paid = true)))"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE id BETWEEN 1 AND 5"),
            Texts{"((id >= 1) AND (id <= 5))"});
}

// The binder casts the narrower side; the bounds of the column are those of its own type.
TEST(PushDown, CastsThatKeepValuesAreSeenThrough) {
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE small = 5L"), Texts{"(small = 5)"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE amount > 2.5"), Texts{"(amount > 2.5)"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE price >= 7"), Texts{"(price >= 7.00)"});
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE day = DATE'1970-01-02'"), Texts{"(day = 1)"});
}

TEST(PushDown, WhatCannotBeSaidLeavesEverything) {
  for (const char* condition :
       {"upper(city) = 'X'", "id = small", "id + 1 = 2", "CAST(city AS INT) = 1", "rand() < 0.5",
        "city LIKE '%x'", "city LIKE 'a_%'", "CAST(amount AS INT) = 1"}) {
    EXPECT_EQ(Pushed(std::string("SELECT * FROM orders WHERE ") + condition), Texts{"anything"})
        << condition;
  }
  // The other half of an AND still counts; that of an OR does not.
  EXPECT_EQ(Pushed("SELECT * FROM orders WHERE id = 1 AND upper(city) = 'X'"),
            Texts{"((id = 1) AND (anything))"});
}

TEST(PushDown, NamesOfSubqueriesAreFollowed) {
  EXPECT_EQ(Pushed("SELECT * FROM (SELECT id AS n, city FROM orders) WHERE n = 3"),
            Texts{"(id = 3)"});
  EXPECT_EQ(Pushed("WITH o AS (SELECT *, amount > 5 AS large FROM orders) "
                   "SELECT * FROM o WHERE large"),
            Texts{"(amount > 5)"});
}

// A row of the side that may be missing must not be left out: its partner would come out alone.
TEST(PushDown, OuterJoinsKeepTheirRows) {
  const std::string joined =
      "SELECT id FROM orders o {} JOIN cities c ON o.city = c.name AND "
      "c.country = 'NL' WHERE o.id = 1 AND c.name = 'x'";
  const auto with = [&](const std::string& type) {
    std::string sql = joined;
    return Pushed(sql.replace(sql.find("{}"), 2, type));
  };
  EXPECT_EQ(with("INNER"), (Texts{"((id = 1) AND (anything))",
                                  "((anything) AND (name = 'x')) AND ((anything) AND "
                                  "(country = 'NL'))"}));
  EXPECT_EQ(with("LEFT")[1], "((anything) AND (country = 'NL'))");
  EXPECT_EQ(with("RIGHT")[0], "anything");
  EXPECT_EQ(with("FULL"), (Texts{"anything", "anything"}));
}

// A limit, a group or a window takes its rows before the condition looks at them.
TEST(PushDown, ConditionsStayAboveWhatMakesRowsOfMany) {
  EXPECT_EQ(Pushed("SELECT * FROM (SELECT id FROM orders LIMIT 5) WHERE id = 1"),
            Texts{"anything"});
  EXPECT_EQ(Pushed("SELECT id, count(*) FROM orders GROUP BY id HAVING count(*) > 1"),
            Texts{"anything"});
  EXPECT_EQ(Pushed("SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) "
                   "WHERE id = 3"),
            Texts{"anything"});
}

}  // namespace
}  // namespace oresmith::command
