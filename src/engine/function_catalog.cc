#include "engine/functions_internal.h"
#include "engine/handles_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

void DeleteExtra(void* extra) { delete static_cast<FunctionExtra*>(extra); }

Status RegisterOne(duckdb_connection connection, const FunctionSpec& spec, void* registry) {
  const ScalarFunction function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), spec.name.c_str());
  for (const types::Type& type : spec.extra.parameters) {
    duckdb_scalar_function_add_parameter(function.get(), MakeLogicalType(type).get());
  }
  duckdb_scalar_function_set_return_type(function.get(), MakeLogicalType(spec.extra.result).get());
  duckdb_scalar_function_set_special_handling(function.get());
  if (spec.wants_registry) {
    // Reports to its query, so once per row: an optimiser must neither repeat nor fold it.
    duckdb_scalar_function_set_volatile(function.get());
    duckdb_scalar_function_set_extra_info(function.get(), registry, nullptr);
  } else {
    duckdb_scalar_function_set_extra_info(function.get(), new FunctionExtra(spec.extra),
                                          DeleteExtra);
  }
  if (spec.init != nullptr) duckdb_scalar_function_set_init(function.get(), spec.init);
  duckdb_scalar_function_set_function(function.get(), spec.body);
  if (duckdb_register_scalar_function(connection, function.get()) == DuckDBSuccess) return {};
  return Fail(ErrorKind::kUnsupported, "prepare a query: register the function {}", spec.name);
}

}  // namespace

Status FunctionCatalog::Register(duckdb_connection connection,
                                 const std::vector<FunctionSpec>& functions) {
  const std::lock_guard lock(mutex_);
  for (const FunctionSpec& spec : functions) {
    if (registered_.contains(spec.name)) continue;
    TRY_DO(RegisterOne(connection, spec, registry_));
    registered_.insert(spec.name);
  }
  return {};
}

}  // namespace oresmith::engine
