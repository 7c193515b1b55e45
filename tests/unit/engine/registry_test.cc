// The registry's DuckDB templates against Spark's recorded answers.

#include <gtest/gtest.h>

#include "spark_answers.h"

namespace oresmith::engine {
namespace {

// A template that is nearly right is a wrong row in somebody's table.
TEST(Registry, TemplatesAnswerAsSparkDid) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  int agreed = 0;
  for (const SparkCase& one : ReadSparkCases("registry")) {
    const std::string answer = AnswerOf(*engine, catalog, one.expression);
    if (answer.starts_with("refused")) continue;
    EXPECT_EQ(answer, one.answer) << one.expression;
    ++agreed;
  }
  EXPECT_GT(agreed, 400);
}

}  // namespace
}  // namespace oresmith::engine
