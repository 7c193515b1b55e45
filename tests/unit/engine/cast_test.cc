// Casts against what Spark said: spark/cast_cases.txt and, line by line, spark/cast_answers.txt
// (written by spark/record.py).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spark_answers.h"
#include "sql_runner.h"

namespace oresmith::engine {
namespace {

// Java 17 prints some FLOATs with more digits than are needed (JDK-4511638), and 1e23 with fewer.
bool IsKnownToDiffer(const std::string& answer) {
  return answer.find("2.14748365E9") != std::string::npos ||
         answer.find("99999999999999990000000") != std::string::npos;
}

TEST(Cast, AnswersAsSparkDid) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  for (const SparkCase& one : ReadSparkCases("cast")) {
    if (IsKnownToDiffer(one.answer)) continue;
    EXPECT_EQ(AnswerOf(*engine, catalog, one.expression), one.answer) << one.expression;
  }
}

}  // namespace
}  // namespace oresmith::engine
