#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql_runner.h"

namespace oresmith::engine {
namespace {

class Explode : public ::testing::Test {
 protected:
  void SetUp() override {
    const types::Schema schema = {
        Field("id", Type(TypeId::kInt)), Field("list", Type::Array(Type(TypeId::kString))),
        Field("map", Type::Map(Type(TypeId::kString), Type(TypeId::kInt))),
        Field("structs", Type::Array(Type::Struct({Field("a", Type(TypeId::kInt)),
                                                   Field("b", Type(TypeId::kString))})))};
    catalog_.Add(
        "t", schema,
        {BatchOf(schema, {"[1, 2, 3, 4]", R"([["x", "y"], [], null, [null]])",
                          R"([[["k", 1]], [], null, [["l", null]]])",
                          R"([[{"a": 1, "b": "p"}, {"a": 2, "b": null}], [], null, [null]])"})});
  }
  std::string Run(const std::string& sql) {
    const auto rows = RunSql(*engine_, catalog_, sql);
    if (!rows) return rows.error().message + rows.error().note;
    std::string text;
    for (int64_t row = 0; row < rows->table->num_rows(); ++row) {
      for (int i = 0; i < rows->table->num_columns(); ++i) {
        const auto value = *rows->table->column(i)->GetScalar(row);
        text += (i > 0 ? "," : "") + (value->is_valid ? value->ToString() : "NULL");
      }
      text += ";";
    }
    return text;
  }
  const std::unique_ptr<Engine> engine_ = OpenEngine();
  TestCatalog catalog_;
};

TEST_F(Explode, GivesNoRowForAnEmptyListAndForNull) {
  EXPECT_EQ(Run("SELECT id, explode(list) AS x FROM t ORDER BY id, x"), "1,x;1,y;4,NULL;");
}
TEST_F(Explode, OuterGivesARowWithNullThere) {
  EXPECT_EQ(Run("SELECT id, explode_outer(list) AS x FROM t ORDER BY id, x"),
            "1,x;1,y;2,NULL;3,NULL;4,NULL;");
}
TEST_F(Explode, CountsPositionsFromZero) {
  EXPECT_EQ(Run("SELECT id, posexplode(list) AS (p, x) FROM t ORDER BY id, p"),
            "1,0,x;1,1,y;4,0,NULL;");
  EXPECT_EQ(
      Run("SELECT id, p, x FROM t LATERAL VIEW OUTER posexplode(list) l AS p, x ORDER BY id, p"),
      "1,0,x;1,1,y;2,NULL,NULL;3,NULL,NULL;4,0,NULL;");
}
TEST_F(Explode, GivesKeyAndValueOfAMap) {
  EXPECT_EQ(Run("SELECT id, explode(map) FROM t ORDER BY id"), "1,k,1;4,l,NULL;");
}
TEST_F(Explode, KeepsStructsWhole) {
  EXPECT_EQ(Run("SELECT id, s.a, s.b FROM t LATERAL VIEW explode(structs) l AS s ORDER BY id, s.a"),
            "1,1,p;1,2,NULL;4,NULL,NULL;");
}
TEST_F(Explode, InlineTakesStructsApart) {
  EXPECT_EQ(Run("SELECT id, inline(structs) FROM t ORDER BY id, a"), "1,1,p;1,2,NULL;4,NULL,NULL;");
}
TEST_F(Explode, CountsRowsWithoutUsingThem) {
  EXPECT_EQ(Run("SELECT count(*) FROM (SELECT explode(list) FROM t)"), "3;");
}

}  // namespace
}  // namespace oresmith::engine
