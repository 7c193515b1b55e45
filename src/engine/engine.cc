#include "engine/engine.h"

#include <fmt/format.h>

#include <utility>

#include "engine/direct_internal.h"
#include "engine/functions_internal.h"
#include "engine/handles_internal.h"
#include "engine/query_internal.h"
#include "engine/scan_internal.h"
#include "engine/state_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

Status Set(const Config& config, const char* name, const std::string& value) {
  if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBSuccess) return {};
  return Fail(ErrorKind::kInvalidInput, "open the engine: DuckDB has no setting {} = {}", name,
              value);
}

Result<Config> MakeConfig(const EngineOptions& options) {
  Config config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) {
    return Fail(ErrorKind::kUnavailable, "open the engine: not enough memory");
  }
  TRY_DO(Set(config, "threads", std::to_string(options.threads)));
  TRY_DO(Set(config, "memory_limit", fmt::format("{}B", options.memory_bytes_max)));
  TRY_DO(Set(config, "temp_directory", options.spill_directory));
  TRY_DO(Set(config, "preserve_insertion_order", "false"));
  // Never from the network.
  TRY_DO(Set(config, "autoinstall_known_extensions", "false"));
  TRY_DO(Set(config, "autoload_known_extensions", "false"));
  return config;
}

Status Run(duckdb_connection connection, const std::string& sql) {
  QueryResult result;
  if (duckdb_query(connection, sql.c_str(), result.out()) == DuckDBSuccess) return {};
  return Fail(ErrorKind::kInvalidInput, "open the engine: {}", duckdb_result_error(result.out()));
}

// Where the clocks show a time twice, Java takes the first, and ICU the second.
constexpr const char* kInstantMacro =
    "CREATE MACRO spark_instant(zone, clock) AS CASE "
    "WHEN timezone(zone, timezone(zone, clock) - INTERVAL 1 HOUR) = clock "
    "THEN timezone(zone, clock) - INTERVAL 1 HOUR ELSE timezone(zone, clock) END";

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(const EngineOptions& options) : options_(options), functions_(&registry_) {}

  Status Start() {
    TRY(const Config config, MakeConfig(options_));
    char* error = nullptr;
    if (duckdb_open_ext(nullptr, database_.out(), config.get(), &error) != DuckDBSuccess) {
      const std::string text = error == nullptr ? "unknown error" : error;
      duckdb_free(error);
      return Fail(ErrorKind::kUnavailable, "open the engine: {}", text);
    }
    TRY(const Connection connection, Connect());
    TRY_DO(Run(connection.get(), "SET GLOBAL TimeZone = " + QuoteText(options_.time_zone)));
    TRY_DO(Run(connection.get(), kInstantMacro));
    return RegisterScan(connection.get(), &registry_);
  }

  Result<std::unique_ptr<PreparedQuery>> Prepare(sql::Plan plan) override {
    if (auto direct = TryDirectQuery(plan, options_.threads)) return direct;
    TRY(Connection connection, Connect());
    const EngineParts parts{.registry = &registry_,
                            .functions = &functions_,
                            .threads = options_.threads,
                            .time_zone = options_.time_zone};
    return PrepareQuery(parts, std::move(connection), plan);
  }

 private:
  Result<Connection> Connect() {
    Connection connection;
    if (duckdb_connect(database_.get(), connection.out()) == DuckDBSuccess) return connection;
    return Fail(ErrorKind::kUnavailable, "open the engine: connect");
  }

  const EngineOptions options_;
  // Before the database, whose functions look into them until it is closed.
  QueryRegistry registry_;
  FunctionCatalog functions_;
  Database database_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  auto engine = std::make_unique<DuckDbEngine>(options);
  TRY_DO(engine->Start());
  return engine;
}

}  // namespace oresmith::engine
