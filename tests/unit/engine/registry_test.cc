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

// What was different once, and was found by tests/conformance, which needs a JVM.
TEST(Registry, WhatWasDifferentOnceAnswersAsSparkDid) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  for (const SparkCase& one : ReadSparkCases("conformance")) {
    const std::string answer = AnswerOf(*engine, catalog, one.expression);
    const bool refused = answer.starts_with("refused") && one.answer.starts_with("error");
    EXPECT_TRUE(refused || answer == one.answer)
        << one.expression << "\nhere:  " << answer << "\nSpark: " << one.answer;
  }
}

}  // namespace
}  // namespace oresmith::engine
