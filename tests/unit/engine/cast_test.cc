// Casts against what Spark said: spark/cast_cases.txt and, line by line, spark/cast_answers.txt
// (written by spark/record.py).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "spark_answers.h"
#include "sql_runner.h"

namespace oresmith::engine {
namespace {

// What Java 17 prints with more digits than needed, and what asks for today's date.
bool IsKnownToDiffer(const std::string& expression) {
  static const std::set<std::string> kDiffer = {};
  return kDiffer.contains(expression);
}

TEST(Cast, AnswersAsSparkDid) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  for (const SparkCase& one : ReadSparkCases("cast")) {
    if (IsKnownToDiffer(one.expression)) continue;
    EXPECT_EQ(AnswerOf(*engine, catalog, one.expression), one.answer) << one.expression;
  }
}

}  // namespace
}  // namespace oresmith::engine
