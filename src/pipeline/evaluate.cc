#include "pipeline/evaluate.h"

#include <arrow/array.h>

#include <optional>
#include <utility>

#include "engine/engine.h"
#include "sql/binder.h"

namespace oresmith::pipeline {
namespace {

class NoCatalog final : public sql::Catalog {
 public:
  Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(const std::vector<std::string>&,
                                                                   bool) override {
    return Fail(ErrorKind::kInvalidInput, "a constant cannot read tables");
  }
  Result<sql::RelationInfo> FindTableFunction(const std::string&,
                                              const std::vector<sql::FunctionArgument>&,
                                              bool) override {
    return Fail(ErrorKind::kInvalidInput, "a constant cannot read tables");
  }
};

}  // namespace

Result<int64_t> EvaluateTime(const std::string& sql, const std::string& time_zone,
                             const Clock& clock) {
  auto parsed = sql::ParseQuery("time", "SELECT CAST(" + sql + " AS TIMESTAMP)");
  if (!parsed) return Fail(std::move(parsed.error().front()));
  const auto& statement = std::get<sql::QueryStatement>(parsed->statements[0].node);
  NoCatalog none;
  TRY(sql::Plan plan,
      sql::BindQuery(*statement.query, *parsed->source, none, {.time_zone = time_zone}));
  TRY(const auto engine,
      engine::Engine::Open({.threads = 1, .spill_directory = {}, .time_zone = time_zone}));
  TRY(const auto query, engine->Prepare(std::move(plan)));
  std::optional<int64_t> value;
  const engine::RunContext run{.now = clock.Now(), .stop = {}};
  TRY_DO(query->Run({}, run, [&](const columnar::Batch& batch) {
    const auto times = std::static_pointer_cast<arrow::TimestampArray>(batch->column(0));
    if (times->length() > 0 && times->IsValid(0)) value = times->Value(0);
    return Status{};
  }));
  if (!value) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "TIMESTAMP AS OF: {} is no time", sql)
                    .WithFix("write TIMESTAMP AS OF '2026-01-31 08:00:00'"));
  }
  return *value;
}

}  // namespace oresmith::pipeline
