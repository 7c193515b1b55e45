// Broken texts of all kinds that a user or a file may hand in: each must give a value or an Error,
// in time and with little memory.
//
//   text_fuzz [--cases N | --cpu-seconds N] [--seed N]
//   text_fuzz --only N     one case, in this process, for a debugger

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/datetime_pattern_internal.h"
#include "engine/engine.h"
#include "engine/spark_text_internal.h"
#include "format/json_decoder.h"
#include "format/json_infer.h"
#include "fuzz/harness.h"
#include "sql/binder.h"
#include "types/type.h"
#include "unit/sql/bind_support.h"

namespace oresmith::fuzz {
namespace {

// What Tally::counts count.
constexpr size_t kGood = 0;
constexpr size_t kRefused = 1;

constexpr std::array<std::string_view, 14> kStatements{
    "CREATE OR REFRESH STREAMING TABLE a.b (x ARRAY<STRUCT<y: DECIMAL(10, 2)>> NOT NULL COMMENT "
    "'z', CONSTRAINT c EXPECT (x IS NOT NULL AND y BETWEEN -1 AND 2.5e3) ON VIOLATION DROP ROW) "
    "USING DELTA PARTITIONED BY (x) CLUSTER BY AUTO TBLPROPERTIES ('a' = 'b', c.d 5) COMMENT "
    "\"it's\" AS SELECT *, t.* EXCEPT (p, q.r), CAST(s AS MAP<STRING, INT>), v::int FROM "
    "STREAM(read_files('/in/*', format => 'json')) t;",
    "SELECT city, count(*), sum(DISTINCT quantity) FILTER (WHERE paid) FROM orders o LEFT JOIN "
    "customers c USING (customer_id) WHERE amount > 1.50BD AND day >= DATE'2024-01-31' GROUP BY "
    "ALL "
    "HAVING count(*) > 1 ORDER BY 2 DESC NULLS LAST LIMIT 10 OFFSET 1",
    "WITH a AS (SELECT * FROM orders), b AS (VALUES (1, 'x'), (2, NULL) AS v(i, s)) SELECT a.*, "
    "rank() OVER (PARTITION BY city ORDER BY amount ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) r "
    "FROM a JOIN b ON a.quantity = b.i QUALIFY r = 1 UNION ALL SELECT *, 1 FROM orders",
    "SELECT id, explode(items) AS item, transform(numbers, (e, i) -> e + i), tags['k'], place.lat, "
    "from_json(kind, 'a INT, b ARRAY<STRING>').b[0] FROM events",
    "SELECT CASE WHEN paid THEN 'y' ELSE \"n\" END, quantity DIV 2, amount * 1e10, "
    "-quantity::STRING, "
    "date_format(ordered_at, 'yyyy-MM-dd HH:mm:ss.SSS'), INTERVAL '1-2' YEAR TO MONTH, X'1AF' FROM "
    "orders WHERE city LIKE '%a\\_%' ESCAPE '!' OR city RLIKE '^[a-z]+$' OR customer_id IN (1, 2)",
    "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM(s) KEYS (a, b) IGNORE NULL UPDATES APPLY AS "
    "DELETE "
    "WHEN op = 'D' SEQUENCE BY struct(x, y) COLUMNS * EXCEPT (op) STORED AS SCD TYPE 2 TRACK "
    "HISTORY "
    "ON * EXCEPT (z);",
    "FROM orders |> WHERE amount > 10 |> AGGREGATE sum(amount) AS s GROUP BY city |> EXTEND s * 2 "
    "AS "
    "t |> DROP s |> ORDER BY t |> LIMIT 3",
    "MERGE INTO orders t USING (SELECT * FROM orders) s ON t.order_id = s.order_id WHEN MATCHED "
    "AND "
    "s.paid THEN DELETE WHEN MATCHED THEN UPDATE SET amount = s.amount WHEN NOT MATCHED THEN "
    "INSERT *",
    "ALTER TABLE a.b ADD COLUMNS (c INT COMMENT 'x' AFTER d); OPTIMIZE t ZORDER BY (a); VACUUM t "
    "RETAIN "
    "1 HOURS DRY RUN; RESTORE t TO TIMESTAMP AS OF '2024-01-01'; DESCRIBE HISTORY t LIMIT 3",
    "SELECT * FROM orders VERSION AS OF 3, LATERAL explode(array(1, 2)) AS e(n) CROSS JOIN (SELECT "
    "1) "
    "LATERAL VIEW OUTER posexplode(array(3)) v AS p, q WHERE NOT EXISTS (SELECT 1 FROM customers c "
    "WHERE c.customer_id = orders.customer_id)",
    "-- Databricks notebook source\n-- MAGIC %md x\nSET a.b = c; \n-- COMMAND ----------\nCREATE "
    "TEMPORARY LIVE VIEW `j k` AS SELECT /* n /* m */ */ 1",
    "SELECT extract(YEAR FROM ordered_at), to_timestamp(city, \"dd/MM/yy hh:mm a\"), "
    "date_trunc('HOUR', "
    "ordered_at) + INTERVAL 2 DAYS, substring(city FROM 2 FOR 3), trim(BOTH 'x' FROM city), "
    "try_cast(city AS DECIMAL(38, 10)), concat_ws(',', city, NULL), city:path.to[0]['k']::int FROM "
    "orders TIMESTAMP AS OF '2024-01-01 00:00:00'",
    "APPLY CHANGES INTO LIVE.t FROM STREAM(LIVE.s) KEYS (id) SEQUENCE BY n",
    "SELECT d / de, bi % si, de38 + de, dt - dt, ts - INTERVAL 1 HOUR, ai[0], m['a'], st.b, s || "
    "b, s "
    "<=> NULL, i BETWEEN 1 AND bi, NOT bo, ~ti & si | i ^ bi FROM types"};

constexpr std::array<std::string_view, 8> kJson{
    R"({"a": 1, "b": "x\u00e9\ud83d\ude00", "c": [1.5, -2e10, null], "d": {"e": true}})",
    R"([{"a": 9223372036854775808}, {"a": 1e400}, {'b': 'single'}])",
    R"({"t": "2024-01-31T10:20:30.123456+02:00", "d": "2024-02-29", "n": 12345678901234567890.12})",
    R"({"a": {"a": {"a": {"a": [[[[]]]]}}}, "a": 2})",
    R"(  {"a":1} trailing {"b":2})",
    R"({"bin": "AAECAw==", "m": {"k1": 1, "k2": null}})",
    R"({"a": "line\nbreak\ttab", "b": NaN, "c": -Infinity, "d": 007})",
    R"("just a text")"};

constexpr std::array<std::string_view, 12> kTimes{"2024-01-31 23:59:59.999999",
                                                  "2024-02-30",
                                                  "-290308-12-21 19:59:06 BC",
                                                  "1582-10-10T00:00:00Z",
                                                  "2024-3-5 1:2:3.4 Europe/Berlin",
                                                  "+294247-01-10 04:00:54.775807",
                                                  "12:30",
                                                  "2024-01-01 00:00:00+18:00",
                                                  "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
                                                  "EEEE, d MMMM uuuu hh:mm a z",
                                                  "''''yyyy'Q'Q D G",
                                                  "[yyyy][MM]{dd}"};

constexpr std::array<std::string_view, 6> kTypes{
    "a INT, b STRUCT<c: DECIMAL(38,18), `d e`: ARRAY<MAP<STRING, TIMESTAMP_NTZ>>> NOT NULL COMMENT "
    "'x'",
    "ARRAY<STRUCT<a: INT>>",
    R"json({"type":"struct","fields":[{"name":"a","type":"decimal(10,2)","nullable":false,)json"
    R"json("metadata":{}},{"name":"b","type":{"type":"array","elementType":"long",)json"
    R"json("containsNull":true},"nullable":true,"metadata":{}}]})json",
    "MAP<STRING, INTERVAL DAY TO SECOND>",
    "VARCHAR(10)",
    "STRUCT<>"};

constexpr std::array<std::string_view, 40> kWords{"SELECT ",
                                                  " FROM ",
                                                  "(",
                                                  ")",
                                                  ",",
                                                  "'",
                                                  "\"",
                                                  "`",
                                                  "--",
                                                  "/*",
                                                  "*/",
                                                  "${",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  "::",
                                                  "->",
                                                  " NOT ",
                                                  "||",
                                                  "|>",
                                                  "\\",
                                                  "\0",
                                                  "\xFF",
                                                  "\xC3",
                                                  "99999999999999999999",
                                                  "1e999",
                                                  "-9223372036854775808",
                                                  " NULL ",
                                                  "*",
                                                  ".",
                                                  ";",
                                                  " OVER ()",
                                                  " AS ",
                                                  " CAST(",
                                                  " AS INT)",
                                                  "=>",
                                                  "<",
                                                  ">",
                                                  "\xF0\x9F\x98\x80",
                                                  "{\"a\":"};

class Breaker {
 public:
  explicit Breaker(uint64_t seed) : engine_(seed) {}
  uint64_t Below(uint64_t end) { return engine_() % end; }

  std::string Broken(std::span<const std::string_view> seeds) {
    std::string text(seeds[Below(seeds.size())]);
    for (uint64_t i = Below(5); i > 0; --i) Change(text, seeds);
    return text;
  }

 private:
  void Change(std::string& text, std::span<const std::string_view> seeds) {
    constexpr size_t kLengthMax = 1 << 16;
    const size_t at = Below(text.size() + 1);
    const size_t length = Below(std::min<size_t>(text.size() - at, 40) + 1);
    const std::string_view other = seeds[Below(seeds.size())];
    const size_t other_at = Below(other.size());
    switch (Below(7)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      case 2:
        text.insert(at, kWords[Below(kWords.size())]);
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(Below(256));
        break;
      case 5:
        text.replace(at, length, other.substr(other_at, Below(60)));
        break;
      default:
        for (uint64_t i = Below(300); i > 0 && text.size() < kLengthMax; --i) {
          text.insert(at, text.substr(at, std::max<size_t>(length, 1)));
        }
    }
    if (text.size() > kLengthMax) text.resize(kLengthMax);
  }

  std::mt19937_64 engine_;
};

void Count(bool good, Tally& tally) { ++tally.counts[good ? kGood : kRefused]; }

void TrySql(const std::string& text, Tally& tally) {
  const auto file = sql::ParseFile("fuzz.sql", text);
  if (!file) {
    for (const Error& error : file.error()) {
      ORESMITH_ASSERT(error.place && !error.message.empty());
    }
  }
  auto query = sql::ParseQueryOrCommand("query", text);
  Count(file || query, tally);
  if (!query) return;
  const auto* const select = std::get_if<sql::QueryStatement>(&query->statements[0].node);
  if (select == nullptr) return;
  sql::FakeCatalog catalog = sql::ShopCatalog();
  const auto plan = sql::BindQuery(*select->query, *query->source, catalog, {});
  if (plan) {
    static_cast<void>(engine::EmitSql(*plan));
    static_cast<void>(sql::ToText(*plan));
  } else {
    ORESMITH_ASSERT(!plan.error().message.empty());
  }
}

void TryJson(const std::string& text, Breaker& breaker, Tally& tally) {
  constexpr std::string_view kRoot =
      "a INT, b STRING, c ARRAY<DOUBLE>, d STRUCT<e: BOOLEAN, a: STRING>, t TIMESTAMP, n "
      "DECIMAL(20,2), bin BINARY, m MAP<STRING, INT>, _corrupt_record STRING";
  const auto schema = types::ParseDdlSchema(kRoot);
  ORESMITH_ASSERT(schema);
  auto options =
      breaker.Below(2) == 0 ? format::JsonOptions::ForFunction() : format::JsonOptions::ForFiles();
  if (breaker.Below(2) == 0) options.rescued_column = "_rescued_data";
  types::Schema columns = *schema;
  if (!options.rescued_column.empty()) {
    columns.push_back({.name = "_rescued_data", .type = types::Type(types::TypeId::kString)});
  }
  const auto decoder = format::JsonDecoder::Make(types::Type::Struct(columns), options);
  ORESMITH_ASSERT(decoder);
  const std::string_view documents[] = {text};
  const auto rows = decoder->DecodeRows(documents, {});
  const auto values = decoder->DecodeValues(documents);
  Count(rows && values && values->malformed.empty(), tally);
  format::JsonInferrer inferrer;
  inferrer.Add(text);
  static_cast<void>(inferrer.Finish());
}

void TryTime(const std::string& text, const std::string& pattern, Tally& tally) {
  static_cast<void>(engine::ParseDate(text));
  const auto time = engine::ParseTimestamp(text);
  static_cast<void>(engine::ParseDouble(text));
  static_cast<void>(engine::ParseDecimal(text, 38, 10));
  static_cast<void>(engine::ParseInteger(text, INT64_MIN, INT64_MAX));
  const auto made = engine::DatetimePattern::Make(pattern);
  Count(time.has_value() || made.has_value(), tally);
  if (!made) return;
  static_cast<void>(made->CheckForParsing());
  static_cast<void>(made->Parse(text));
  std::string written;
  made->Append(written, time ? time->micros : 0);
}

void TryType(const std::string& text, Tally& tally) {
  const auto schema = types::ParseDdlSchema(text);
  const auto type = types::ParseType(text);
  const auto json = types::SchemaFromJson(text);
  Count(schema || type || json, tally);
  if (schema) {
    ORESMITH_ASSERT(types::ParseDdlSchema(types::SchemaToDdl(*schema)));
  }
  if (json) {
    ORESMITH_ASSERT(types::SchemaFromJson(types::SchemaToJson(*json)));
  }
}

void RunCase(uint64_t number, Tally& tally) {
  Breaker breaker(number);
  switch (number % 8) {
    case 0:
      return TryJson(breaker.Broken(kJson), breaker, tally);
    case 1: {
      const std::string text = breaker.Broken(kTimes);
      return TryTime(text, breaker.Broken(kTimes), tally);
    }
    case 2:
      return TryType(breaker.Broken(kTypes), tally);
    default:
      return TrySql(breaker.Broken(kStatements), tally);
  }
}

int Run(const Options& options) {
  Tally& tally = SharedTally();
  const int findings = RunCases(options, tally, RunCase);
  if (options.only) return 0;
  const uint64_t good = tally.counts[kGood];
  const uint64_t refused = tally.counts[kRefused];
  std::fprintf(stderr, "%lu good, %lu refused\n", good, refused);
  // Breaking everything or nothing would test nothing.
  const bool mixed = good > refused / 20 && refused > good / 20;
  return findings == 0 && mixed ? 0 : 1;
}

}  // namespace
}  // namespace oresmith::fuzz

int main(int count, char** arguments) {
  return oresmith::fuzz::Run(oresmith::fuzz::ReadOptions(count, arguments));
}
