#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "engine/from_json_internal.h"
#include "engine/state_internal.h"

namespace oresmith::engine {
namespace {

constexpr size_t kRawBytesMax = 64 << 10;
constexpr size_t kBadValuesMax = 10'000;

Result<format::JsonOptions> Options(const FromJsonSpec& spec) {
  format::JsonOptions options = format::JsonOptions::ForFunction();
  for (const auto& [key, value] : spec.options) {
    std::string name = key;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "mode") {
      TRY(options.mode, format::ParseModeFromName(value));
    } else if (name == "columnnameofcorruptrecord") {
      options.corrupt_column = value;
    } else {
      return Fail(ErrorKind::kUnsupported, "from_json: the option '{}' is not supported here", key);
    }
  }
  if (options.mode == format::ParseMode::kDropMalformed) {
    return Fail(
        ErrorKind::kInvalidInput,
        "from_json: the mode DROPMALFORMED is not for functions: use PERMISSIVE or FAILFAST");
  }
  return options;
}

bool IsValid(const uint64_t* validity, idx_t row) {
  return validity == nullptr || duckdb_validity_row_is_valid(const_cast<uint64_t*>(validity), row);
}

std::vector<std::string_view> Texts(duckdb_vector vector, idx_t rows) {
  const auto* values = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector));
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  std::vector<std::string_view> texts(rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (!IsValid(validity, row)) continue;
    const uint32_t length = values[row].value.inlined.length;
    texts[row] = {length <= 12 ? values[row].value.inlined.inlined : values[row].value.pointer.ptr,
                  length};
  }
  return texts;
}

std::vector<int64_t> Origins(duckdb_vector vector, idx_t rows) {
  const auto* values = static_cast<const int64_t*>(duckdb_vector_get_data(vector));
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  std::vector<int64_t> origins(rows, -1);
  for (idx_t row = 0; row < rows; ++row) {
    if (IsValid(validity, row)) origins[row] = values[row];
  }
  return origins;
}

// The query and the call's number are constants: the same in each row.
int64_t Constant(duckdb_data_chunk input, idx_t column) {
  return *static_cast<const int64_t*>(
      duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, column)));
}

void Evaluate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  if (rows == 0) return;
  auto* registry = static_cast<QueryRegistry*>(duckdb_scalar_function_get_extra_info(info));
  QueryState* query = registry->Find(Constant(input, 1));
  const auto index = static_cast<size_t>(Constant(input, 2));
  if (query == nullptr || index >= query->from_json.size()) {
    duckdb_scalar_function_set_error(info, "from_json: no such call");
    return;
  }
  Result<DataChunk> values =
      query->from_json[index]->Evaluate(Texts(duckdb_data_chunk_get_vector(input, 0), rows),
                                        Origins(duckdb_data_chunk_get_vector(input, 3), rows));
  if (!values) {
    duckdb_scalar_function_set_error(info, values.error().message.c_str());
    query->error.Set(std::move(values).error());
    return;
  }
  const duckdb_vector all = duckdb_data_chunk_get_vector(values->get(), 0);
  duckdb_vector_reference_vector(output, duckdb_struct_vector_get_child(all, 0));
}

}  // namespace

Result<std::unique_ptr<FromJsonCall>> FromJsonCall::Make(duckdb_connection connection,
                                                         const FromJsonSpec& spec) {
  TRY(format::JsonOptions options, Options(spec));
  TRY(format::JsonDecoder decoder, format::JsonDecoder::Make(spec.type, std::move(options)));
  TRY(ArrowImporter importer, ArrowImporter::Make(connection, {spec.type}));
  return std::unique_ptr<FromJsonCall>(
      new FromJsonCall(std::move(decoder), std::move(importer), spec.span));
}

Result<DataChunk> FromJsonCall::Evaluate(const std::vector<std::string_view>& texts,
                                         const std::vector<int64_t>& origins) {
  TRY(const format::JsonValues values, decoder_.DecodeValues(texts));
  Note(values, texts, origins);
  return importer_.Import({values.values}, values.values->length());
}

void FromJsonCall::Note(const format::JsonValues& values,
                        const std::vector<std::string_view>& texts,
                        const std::vector<int64_t>& origins) {
  const std::lock_guard lock(mutex_);
  statistics_.Merge(values.statistics);
  bad_count_ += std::ssize(values.malformed);
  for (const format::MalformedJson& bad : values.malformed) {
    if (bad_values_.size() >= kBadValuesMax) return;
    const auto row = static_cast<size_t>(bad.index);
    bad_values_.push_back(BadValue{.origin = row < origins.size() ? origins[row] : -1,
                                   .raw = std::string(texts[row].substr(0, kRawBytesMax)),
                                   .reason = bad.reason,
                                   .partial = bad.partial});
  }
}

void FromJsonCall::TakeReport(RunReport& report) {
  const std::lock_guard lock(mutex_);
  for (BadValue& bad : bad_values_) {
    if (report.bad_values.size() < kBadValuesMax) report.bad_values.push_back(std::move(bad));
  }
  report.bad_count += std::exchange(bad_count_, 0);
  bad_values_.clear();
  if (!statistics_.fields.empty()) {
    report.fields.push_back({.call = span_, .statistics = std::exchange(statistics_, {})});
  }
}

FunctionSpec FromJsonFunction(const types::Type& type) {
  const types::Type number(types::TypeId::kLong);
  FunctionSpec spec;
  spec.name = fmt::format("from_json_{:016x}", StableHash(type.ToJson()));
  spec.extra.parameters = {types::Type(types::TypeId::kString), number, number, number};
  spec.extra.result = type;
  spec.body = Evaluate;
  spec.wants_registry = true;
  return spec;
}

}  // namespace oresmith::engine
