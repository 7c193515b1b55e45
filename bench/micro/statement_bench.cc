// From a statement's text to DuckDB's: parse, bind, emit. A pipeline does it for each query it
// starts, a check for each statement of a file.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "engine/engine.h"
#include "sql/binder.h"
#include "sql/parser.h"

namespace oresmith::engine {
namespace {

/// One table, silver.
class OneTable final : public sql::Catalog {
 public:
  OneTable() {
    auto schema = types::ParseDdlSchema(
        "order_id BIGINT, customer_id INT, city STRING, state STRING, order_ts TIMESTAMP, price "
        "DECIMAL(10,2), quantity INT, items ARRAY<STRUCT<product: INT, price: DOUBLE>>");
    ORESMITH_ASSERT(schema.has_value());
    schema_ = *std::move(schema);
  }
  Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(
      const std::vector<std::string>& name_parts, bool /*stream*/) override {
    return sql::RelationInfo{
        .name = name_parts.back(), .source = name_parts.back(), .schema = schema_};
  }
  Result<sql::RelationInfo> FindTableFunction(const std::string& name,
                                              const std::vector<sql::FunctionArgument>& /*args*/,
                                              bool /*stream*/) override {
    return Fail(ErrorKind::kNotFound, "no table function {}", name);
  }

 private:
  types::Schema schema_;
};

/// A query as a silver or gold table has it, of about `lines` lines: CTEs of ten lines each.
std::string Statement(int64_t lines) {
  std::string text = "WITH t0 AS (SELECT * FROM silver)";
  const int64_t tables = lines / 10;
  for (int64_t i = 1; i < tables; ++i) {
    text += fmt::format(R"(,
t{0} AS (
  SELECT
    a.* EXCEPT (city, state),
    upper(trim(a.city)) AS city,
    coalesce(b.state, 'none') AS state,
    CASE WHEN a.price * a.quantity > {0} THEN 'large' WHEN a.quantity IS NULL THEN NULL ELSE 's' END AS size{0},
    date_trunc('HOUR', a.order_ts) + INTERVAL {0} MINUTES AS hour{0}
  FROM t{1} a LEFT JOIN silver b ON a.order_id = b.order_id AND b.quantity BETWEEN {0} AND 100
  WHERE a.order_ts >= timestamp'2026-01-01 00:00:00' AND a.city IN ('Pune', 'Goa', 'Delhi')
))",
                        i, i - 1);
  }
  text += fmt::format(R"(
SELECT
  city,
  date_format(order_ts, 'yyyy-MM') AS month,
  sum(price * quantity) AS revenue,
  count(DISTINCT order_id) AS orders,
  max_by(customer_id, order_ts) AS last_customer,
  transform(first(items), item -> item.price * 2) AS prices
FROM t{}
GROUP BY city, date_format(order_ts, 'yyyy-MM')
HAVING count(*) > 1 ORDER BY revenue DESC)",
                      std::max<int64_t>(tables - 1, 0));
  return text;
}

void ParseBindEmit(benchmark::State& state) {
  const std::string text = Statement(state.range(0));
  OneTable catalog;
  for (auto unused : state) {
    auto parsed = sql::ParseQuery("bench.sql", text);
    if (!parsed) return state.SkipWithError(parsed.error().front().message.c_str());
    const auto& query = std::get<sql::QueryStatement>(parsed->statements.front().node).query;
    auto plan = sql::BindQuery(*query, *parsed->source, catalog, sql::BindOptions());
    if (!plan) return state.SkipWithError(plan.error().message.c_str());
    auto sql = EmitSql(*plan);
    if (!sql) return state.SkipWithError(sql.error().message.c_str());
    benchmark::DoNotOptimize(sql);
  }
  state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n') + 1);
}
BENCHMARK(ParseBindEmit)->Arg(100)->Arg(500);

}  // namespace
}  // namespace oresmith::engine
