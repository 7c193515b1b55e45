// What people see of a query: golden texts of a few plans.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql_runner.h"

namespace oresmith::engine {
namespace {

class Emit : public ::testing::Test {
 protected:
  void SetUp() override {
    const types::Schema schema = {Field("id", Type(TypeId::kLong)),
                                  Field("city", Type(TypeId::kString)),
                                  Field("tags", Type::Array(Type(TypeId::kString)))};
    catalog_.Add("t", schema, {});
  }
  std::string SqlOf(const std::string& text) {
    auto parsed = sql::ParseQuery("query", text);
    if (!parsed) return parsed.error().front().message;
    const auto& statement = std::get<sql::QueryStatement>(parsed->statements.front().node);
    const auto plan =
        sql::BindQuery(*statement.query, *parsed->source, catalog_, sql::BindOptions{});
    if (!plan) return plan.error().message;
    const auto emitted = EmitSql(*plan);
    return emitted ? *emitted : emitted.error().message;
  }
  TestCatalog catalog_;
};

TEST_F(Emit, AFilterIsTheWhereOfItsProjection) {
  EXPECT_EQ(SqlOf("SELECT id + 1 AS next FROM t WHERE city = 'it''s'"),
            "SELECT (\"id#0\" + CAST(1 AS BIGINT)) AS \"next#3\"\n"
            "FROM scan_0()\n"
            "WHERE (\"city#1\" = 'it''s')");
}

TEST_F(Emit, ExplodeIsUnnestBesideTheOtherColumns) {
  EXPECT_THAT(SqlOf("SELECT id, explode(tags) AS tag FROM t"),
              ::testing::HasSubstr("unnest(\"tags#2\")"));
}

TEST_F(Emit, TheOrderOfNullsIsAlwaysWritten) {
  EXPECT_THAT(SqlOf("SELECT id FROM t ORDER BY id"),
              ::testing::HasSubstr("ORDER BY \"id#3\" ASC NULLS FIRST"));
}

}  // namespace
}  // namespace oresmith::engine
