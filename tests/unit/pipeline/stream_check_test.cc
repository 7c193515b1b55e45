#include "pipeline/stream_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/pipeline.h"
#include "support/manual_clock.h"
#include "unit/pipeline/support.h"

namespace oresmith::pipeline {
namespace {

using testing::HasSubstr;

/// Checks a pipeline of one file source and the given statement.
class StreamCheckTest : public testing::Test {
 protected:
  tl::expected<std::vector<TableProgress>, std::vector<Error>> Check(const std::string& statement) {
    folder_.Write("in/1.json", "{\"id\": 1, \"city\": \"Graz\"}\n");
    folder_.Write("a.sql",
                  "CREATE STREAMING TABLE orders AS SELECT id, city FROM STREAM "
                  "read_files('in', format => 'json', schema => 'id INT, city STRING');\n"
                  "CREATE MATERIALIZED VIEW cities AS SELECT DISTINCT city FROM orders;\n" +
                      statement);
    auto pipeline = Pipeline::Load({.directory = folder_.path(), .set = {}, .env = {}},
                                   {.clock = clock_, .random = random_, .log = log_});
    if (!pipeline) return tl::unexpected(pipeline.error());
    return (*pipeline)->DryRun();
  }

  void ExpectRefused(const std::string& statement, const std::string& message) {
    const auto checked = Check(statement);
    ASSERT_FALSE(checked) << statement;
    EXPECT_THAT(checked.error()[0].message, HasSubstr(message));
    EXPECT_EQ(checked.error()[0].place->line, 3) << statement;
    EXPECT_FALSE(checked.error()[0].fix.empty());
  }

  TestFolder folder_;
  ManualClock clock_;
  Random random_{1};
  Logger log_ = Logger::None();
};

// Computed epoch by epoch these would be silently wrong.
TEST_F(StreamCheckTest, WhatNeedsStateOverEpochsIsRefused) {
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT count(*) AS n FROM STREAM read_files('in', format => "
      "'text');",
      "an aggregate over a stream");
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM STREAM "
      "orders;",
      "a window function over a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT id FROM STREAM orders LIMIT 3;", "LIMIT");
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT a.id FROM STREAM orders a LEFT JOIN STREAM orders b ON "
      "a.id = b.id;",
      "an outer join of two streams");
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT c.city FROM cities c LEFT JOIN STREAM orders o ON c.city "
      "= o.city;",
      "over a stream");
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT city FROM STREAM orders UNION ALL SELECT city FROM "
      "cities;",
      "UNION ALL with a table that is no stream");
}

constexpr const char* kTimed =
    "STREAM read_files('in', format => 'json', schema => 'id INT, at TIMESTAMP, m MAP<STRING, "
    "STRING>') WATERMARK at DELAY OF INTERVAL 1 MINUTE";

// First rows stay the first; windows and outer rows end with the watermark.
TEST_F(StreamCheckTest, WhatStaysOnceItIsGivenIsFineOverFiles) {
  for (const std::string query :
       {"SELECT DISTINCT id FROM ", "SELECT count(*) AS n FROM (SELECT DISTINCT id, at FROM ",
        "SELECT id FROM "}) {
    const bool nested = query.find('(') != std::string::npos && query.find("(SELECT") < 40;
    const bool plain = query == "SELECT id FROM ";
    const std::string statement =
        "CREATE STREAMING TABLE t AS " + query + kTimed +
        (nested  ? ") GROUP BY window(at, '1 hour');"
         : plain ? " QUALIFY row_number() OVER (PARTITION BY id ORDER BY at) = 1;"
                 : ";");
    const auto checked = Check(statement);
    EXPECT_TRUE(checked) << statement << ": " << (checked ? "" : checked.error()[0].message);
  }
}

TEST_F(StreamCheckTest, WhatTheWatermarkNeverEndsIsRefused) {
  const std::string timed = kTimed;
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT id, count(*) AS n FROM " + timed + " GROUP BY id;",
      "an aggregate over a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT id FROM " + timed +
                    " QUALIFY row_number() OVER (PARTITION BY id ORDER BY at DESC) = 1;",
                "DESC = 1 over a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT id FROM " + timed +
                    " QUALIFY rank() OVER (PARTITION BY id ORDER BY at) = 1;",
                "a window function over a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT id, count(*) AS n FROM " + timed +
                    " GROUP BY ROLLUP (at, id);",
                "an aggregate over a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT a.id FROM " + timed + " a LEFT JOIN " + timed +
                    " b ON a.id = b.id AND b.at > a.at;",
                "an outer join of two streams");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT count(*) AS n FROM (SELECT a.at FROM " + timed +
                    " a JOIN " + timed +
                    " b ON a.id = b.id AND b.at BETWEEN a.at AND a.at + INTERVAL 1 HOUR) GROUP BY "
                    "window(at, '1 hour');",
                "an aggregate of joined streams");
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT id FROM STREAM orders WATERMARK id DELAY OF "
      "INTERVAL 1 MINUTE;",
      "WATERMARK: it needs a TIMESTAMP");
}

// The table that is streamed has all its rows: they are computed as a view's.
TEST_F(StreamCheckTest, WholeStreamsOfTablesAreFine) {
  for (const char* statement :
       {"CREATE STREAMING TABLE t AS SELECT city, count(*) AS n FROM STREAM orders GROUP BY city;",
        "CREATE STREAMING TABLE t AS SELECT DISTINCT city FROM STREAM orders;",
        "CREATE STREAMING TABLE t AS SELECT id FROM STREAM orders UNION SELECT id FROM STREAM "
        "orders;",
        "CREATE STREAMING TABLE t AS SELECT a.id FROM STREAM orders a JOIN STREAM orders b ON a.id "
        "= b.id;"}) {
    const auto checked = Check(statement);
    EXPECT_TRUE(checked) << statement << ": " << (checked ? "" : checked.error()[0].message);
  }
  ExpectRefused(
      "CREATE STREAMING TABLE t AS SELECT city FROM STREAM n; CREATE STREAMING TABLE n AS SELECT "
      "city, count(*) AS n FROM STREAM orders GROUP BY city;",
      "a table with aggregates is rewritten");
}

TEST_F(StreamCheckTest, ATableMustReadAStreamAndAViewMustNot) {
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT id FROM orders;", "must read a stream");
  ExpectRefused("CREATE MATERIALIZED VIEW t AS SELECT id FROM STREAM orders;",
                "a materialized view cannot read a stream");
  ExpectRefused("CREATE STREAMING TABLE t AS SELECT city FROM STREAM cities;",
                "cannot be read as a stream");
}

TEST_F(StreamCheckTest, OneRowAtATimeAndTablesBesideItAreFine) {
  for (const char* statement :
       {"CREATE STREAMING TABLE t AS SELECT upper(city) AS c FROM STREAM orders WHERE id > 0;",
        "CREATE STREAMING TABLE t AS SELECT o.id FROM STREAM orders o JOIN cities c ON o.city = "
        "c.city;",
        "CREATE STREAMING TABLE t AS SELECT o.id FROM STREAM orders o LEFT JOIN cities c ON o.city "
        "= c.city;",
        "CREATE STREAMING TABLE t AS SELECT id FROM STREAM orders WHERE city IN (SELECT city FROM "
        "cities);",
        "CREATE STREAMING TABLE t AS SELECT id FROM STREAM orders UNION ALL SELECT id FROM STREAM "
        "orders;"}) {
    const auto checked = Check(statement);
    EXPECT_TRUE(checked) << statement << ": " << (checked ? "" : checked.error()[0].message);
  }
}

}  // namespace
}  // namespace oresmith::pipeline
