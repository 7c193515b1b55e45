// Functions against what Spark said: spark/*_cases.txt and, line by line, spark/*_answers.txt.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spark_answers.h"

namespace oresmith::engine {
namespace {

// A function that this version has not is refused, which is an honest answer; any other difference
// is a defect.
int CountAgreed(const std::string& cases) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  int agreed = 0;
  for (const SparkCase& one : ReadSparkCases(cases)) {
    const std::string answer = AnswerOf(*engine, catalog, one.expression);
    if (answer.starts_with("refused")) continue;
    EXPECT_EQ(answer, one.answer) << one.expression;
    if (answer == one.answer) ++agreed;
  }
  return agreed;
}

TEST(Functions, AnswerAsSparkDidOrAreRefused) { EXPECT_GT(CountAgreed("function"), 400); }

TEST(Functions, ReadAndWriteTimesInSparksPatterns) { EXPECT_GT(CountAgreed("datetime"), 50); }

}  // namespace
}  // namespace oresmith::engine
