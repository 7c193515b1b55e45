#include "delta/encoding.h"

#include <arrow/array.h>
#include <arrow/type_traits.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;

// So many values of a column tell whether they repeat.
constexpr size_t kSampleValuesMax = 4096;
// Longer texts are raw records: bounds of theirs help no reader, and comparing them costs.
constexpr int64_t kStatisticsValueBytesMax = 64;
constexpr int kDepthMax = 100;

struct Sample {
  std::unordered_set<size_t> distinct;  // hashes
  size_t values = 0;
  int64_t bytes = 0;

  bool full() const { return values >= kSampleValuesMax; }
  void Add(std::string_view value) {
    distinct.insert(std::hash<std::string_view>()(value));
    bytes += static_cast<int64_t>(value.size());
    ++values;
  }
  /// An index of a dictionary costs up to 20 bits and a look-up: it must save a good part of the
  /// values to pay.
  bool repeats() const { return distinct.size() * 2 <= values; }
  bool is_long() const {
    return bytes > kStatisticsValueBytesMax * static_cast<int64_t>(std::max<size_t>(values, 1));
  }
};

using Samples = std::map<std::string, Sample>;  // by the column's path in Parquet

void AddValues(const arrow::Array& array, Sample& sample) {
  const auto* binary = dynamic_cast<const arrow::BinaryArray*>(&array);
  const auto* fixed = dynamic_cast<const arrow::FixedWidthType*>(array.type().get());
  const size_t width = fixed == nullptr ? 0 : static_cast<size_t>(fixed->bit_width()) / 8;
  const char* values = width == 0 ? nullptr : array.data()->GetValues<char>(1, 0);
  for (int64_t i = 0; i < array.length() && !sample.full(); ++i) {
    if (array.IsNull(i)) continue;
    if (binary != nullptr) {
      sample.Add(binary->GetView(i));
    } else if (values != nullptr) {
      sample.Add({values + static_cast<size_t>(array.offset() + i) * width, width});
    }
  }
}

void AddColumn(const arrow::Array& array, const std::string& path, Samples& samples, int depth) {
  if (depth > kDepthMax) return;
  switch (array.type_id()) {
    case arrow::Type::STRUCT: {
      const auto& rows = checked_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < rows.num_fields(); ++i) {
        AddColumn(*rows.field(i), path + "." + rows.type()->field(i)->name(), samples, depth + 1);
      }
      return;
    }
    case arrow::Type::MAP: {
      const auto& maps = checked_cast<const arrow::MapArray&>(array);
      AddColumn(*maps.keys(), path + ".key_value.key", samples, depth + 1);
      AddColumn(*maps.items(), path + ".key_value.value", samples, depth + 1);
      return;
    }
    case arrow::Type::LIST: {
      const auto& lists = checked_cast<const arrow::ListArray&>(array);
      AddColumn(*lists.values(), path + ".list.element", samples, depth + 1);
      return;
    }
    case arrow::Type::BOOL:
      return;  // one bit each: Parquet has no dictionary for them
    default: {
      Sample& sample = samples[path];
      if (!sample.full()) AddValues(array, sample);
    }
  }
}

}  // namespace

std::shared_ptr<parquet::WriterProperties> ChooseEncoding(
    const std::vector<std::shared_ptr<const arrow::RecordBatch>>& first_rows,
    parquet::Compression::type compression) {
  Samples samples;
  for (const auto& batch : first_rows) {
    for (int i = 0; i < batch->num_columns(); ++i) {
      AddColumn(*batch->column(i), batch->column_name(i), samples, 0);
    }
  }
  parquet::WriterProperties::Builder builder;
  builder.compression(compression);
  builder.enable_store_decimal_as_integer();
  // Row groups are ended by size before this.
  builder.max_row_group_length(INT64_MAX);
  // Lets readers pass over pages by their bounds: Spark, DuckDB and DataFusion do.
  builder.enable_write_page_index();
  for (const auto& [path, sample] : samples) {
    if (!sample.repeats()) builder.disable_dictionary(path);
    if (sample.is_long()) builder.disable_statistics(path);
  }
  return builder.build();
}

}  // namespace oresmith::delta
