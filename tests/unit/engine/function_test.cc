// Functions against what Spark said: spark/function_cases.txt and spark/function_answers.txt.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spark_answers.h"

namespace oresmith::engine {
namespace {

// A function that this version has not is refused, which is an honest answer; any other difference
// is a defect.
TEST(Functions, AnswerAsSparkDidOrAreRefused) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  int agreed = 0;
  for (const SparkCase& one : ReadSparkCases("function")) {
    const std::string answer = AnswerOf(*engine, catalog, one.expression);
    if (answer.starts_with("refused")) continue;
    EXPECT_EQ(answer, one.answer) << one.expression;
    ++agreed;
  }
  EXPECT_GT(agreed, 200);
}

}  // namespace
}  // namespace oresmith::engine
