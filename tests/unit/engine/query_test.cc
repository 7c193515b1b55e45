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
    if (answer.starts_with("refused") && one.answer.starts_with("error")) {
      ++agreed;
      continue;
    }
    EXPECT_EQ(answer, one.answer) << one.expression;
    agreed += answer == one.answer ? 1 : 0;
  }
  EXPECT_GE(agreed, agreed_min);
}

TEST(Query, GroupingSetsAndPivotsAnswerAsSparkDid) { ExpectAnswersOfSpark("grouping", 70); }

}  // namespace
}  // namespace oresmith::engine
