// Whole queries against Spark's recorded columns and rows.

#include <gtest/gtest.h>

#include "spark_answers.h"

namespace oresmith::engine {
namespace {

// A row too many in a report, or a column that claims never to be NULL, is a wrong table.
void ExpectAnswersOfSpark(const std::string& name, int agreed_min) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  int agreed = 0;
  for (const SparkCase& one : ReadSparkQueries(name)) {
    const std::string answer = RowsOf(*engine, catalog, one.expression);
    if (answer.starts_with("refused")) {
      agreed += one.answer.starts_with("error") ? 1 : 0;
      continue;
    }
    EXPECT_EQ(answer, one.answer) << one.expression;
    agreed += answer == one.answer ? 1 : 0;
  }
  EXPECT_GE(agreed, agreed_min);
}

TEST(Query, GroupingSetsAndPivotsAnswerAsSparkDid) { ExpectAnswersOfSpark("grouping", 70); }

TEST(Query, RegularExpressionsAnswerAsJavasDid) { ExpectAnswersOfSpark("regex", 95); }

TEST(Query, WindowsOfTimeAnswerAsSparkDid) { ExpectAnswersOfSpark("window", 11); }

// A pattern that tries for ever would stop a pipeline without a word.
TEST(Query, APatternThatTriesTooMuchIsAnError) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  const std::string answer =
      RowsOf(*engine, catalog, "SELECT concat(repeat('a', 60), '!') RLIKE '(a|aa)+$' AS m");
  EXPECT_NE(answer.find("match limit exceeded"), std::string::npos) << answer;
}

}  // namespace
}  // namespace oresmith::engine
