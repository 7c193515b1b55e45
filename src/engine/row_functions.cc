#include <fmt/format.h>

#include "base/ids.h"
#include "engine/row_functions_internal.h"
#include "engine/vector_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;

const RowEntry* FindEntry(std::string_view name) {
  for (const auto part : {NumericRowFunctions(), TextRowFunctions(), EncodingRowFunctions(),
                          NumberFormatRowFunctions(), FormatRowFunctions(), HashRowFunctions(),
                          DatetimeRowFunctions(), JsonRowFunctions(), CollectionRowFunctions(),
                          AggregateRowFunctions()}) {
    for (const RowEntry& entry : part) {
      if (entry.name == name) return &entry;
    }
  }
  return nullptr;
}

void Evaluate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const FunctionExtra& extra = ExtraOf(info);
  const idx_t rows = duckdb_data_chunk_get_size(input);
  std::vector<duckdb_vector> vectors;
  for (idx_t i = 0; i < extra.parameters.size(); ++i) {
    vectors.push_back(duckdb_data_chunk_get_vector(input, i));
  }
  std::vector<Datum> args(vectors.size());
  for (idx_t row = 0; row < rows; ++row) {
    bool null = false;
    for (size_t i = 0; i < args.size(); ++i) {
      args[i] = ReadDatum(vectors[i], row, extra.parameters[i]);
      null = null || args[i].IsNull();
    }
    Datum out;
    if (!null || extra.row->nulls == RowNulls::kPassed) {
      const RowCall call{.types = extra.parameters, .result = extra.result, .args = args};
      const std::string error = extra.row->compute(call, out);
      if (!error.empty()) return duckdb_scalar_function_set_error(info, error.c_str());
    }
    WriteDatum(output, row, extra.result, out);
  }
}

}  // namespace

std::string Give(Datum& out, std::string text) {
  out = Datum(std::move(text));
  return {};
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::optional<FunctionSpec> RowFunction(std::string_view name, const std::vector<Type>& types,
                                        const Type& result) {
  const RowEntry* entry = FindEntry(name);
  if (entry == nullptr) return std::nullopt;
  std::string key(name);
  for (const Type& type : types) key += "|" + type.ToJson();
  key += "|" + result.ToJson();
  FunctionSpec spec;
  std::string plain(name);
  for (char& c : plain) {
    if (c == ':') c = '_';
  }
  spec.name = fmt::format("spark_{}_{:016x}", plain, StableHash(key));
  spec.extra.parameters = types;
  spec.extra.result = result;
  spec.extra.row = entry;
  spec.body = Evaluate;
  return spec;
}

}  // namespace oresmith::engine
