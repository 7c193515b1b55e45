#include "delta/checkpoint_files.h"

#include <parquet/column_reader.h>

#include <memory>
#include <string>

#include "delta/action.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

constexpr size_t kBatchLevels = 1024;

/// One leaf column of a row group. Its values lie in Parquet's own pages, so that each is good only
/// until the next one is asked for.
template <class DType>
class Leaf {
 public:
  using Value = typename DType::c_type;

  /// `index` < 0: all is NULL.
  Leaf(parquet::RowGroupReader& row_group, int index) : definitions_(kBatchLevels) {
    if (index < 0) return;
    reader_ = std::static_pointer_cast<parquet::TypedColumnReader<DType>>(row_group.Column(index));
    max_definition_ = reader_->descr()->max_definition_level();
    values_ = std::make_unique<Value[]>(kBatchLevels);
    if (reader_->descr()->max_repetition_level() > 0) repetitions_.resize(kBatchLevels);
  }

  bool is_there() const { return reader_ != nullptr; }
  bool ends_early() const { return ends_early_; }

  /// The value at the next place; null for NULL.
  const Value* Next() {
    if (reader_ == nullptr || !Fill()) return nullptr;
    return definitions_[at_++] < max_definition_ ? nullptr : &values_[value_++];
  }

  /// Whether the next place is one more of the same row. REQUIRES: a repeated column.
  bool GoesOn() { return (at_ < levels_ || reader_->HasNext()) && Fill() && repetitions_[at_] > 0; }

 private:
  /// False when there is nothing more.
  bool Fill() {
    if (at_ < levels_) return true;
    at_ = 0;
    value_ = 0;
    int64_t values = 0;
    levels_ = static_cast<size_t>(reader_->ReadBatch(
        kBatchLevels, definitions_.data(), repetitions_.empty() ? nullptr : repetitions_.data(),
        values_.get(), &values));
    ends_early_ = levels_ == 0;
    return !ends_early_;
  }

  std::shared_ptr<parquet::TypedColumnReader<DType>> reader_;
  int16_t max_definition_ = 0;
  std::vector<int16_t> definitions_;
  std::vector<int16_t> repetitions_;
  std::unique_ptr<Value[]> values_;
  size_t levels_ = 0;
  size_t at_ = 0;     // among the levels
  size_t value_ = 0;  // among the values: those that are not NULL
  bool ends_early_ = false;
};

std::string_view ViewOf(const parquet::ByteArray* text) {
  if (text == nullptr) return "";
  return {reinterpret_cast<const char*>(text->ptr), text->len};
}

/// The columns of a row group, row by row.
class PlainAdds {
 public:
  PlainAdds(parquet::RowGroupReader& row_group, const PlainAddLeaves& leaves)
      : path_(row_group, leaves.path),
        stats_(row_group, leaves.stats),
        size_(row_group, leaves.size),
        modification_time_(row_group, leaves.modification_time),
        data_change_(row_group, leaves.data_change),
        partition_key_(row_group, leaves.partition_key),
        partition_value_(row_group, leaves.partition_value) {}

  /// The next row's file, good until the next call; its path is empty when the row has none.
  FileView Next() {
    const int64_t* const size = size_.Next();
    const int64_t* const modified = modification_time_.Next();
    const bool* const data_change = data_change_.Next();
    if (partition_key_.is_there()) NextPartition();
    return {.path = DecodePath(ViewOf(path_.Next()), decoded_),
            .stats = ViewOf(stats_.Next()),
            .partition_values = &partition_values_,
            .size_bytes = size == nullptr ? 0 : *size,
            .modified_ms = modified == nullptr ? 0 : *modified,
            .num_records = -1,
            .data_change = data_change == nullptr || *data_change};
  }

  arrow::Status Check() const {
    const bool ends_early = path_.ends_early() || stats_.ends_early() || size_.ends_early() ||
                            modification_time_.ends_early() || data_change_.ends_early() ||
                            partition_key_.ends_early() || partition_value_.ends_early();
    return ends_early ? arrow::Status::Invalid("a column of 'add' ends before the row group does")
                      : arrow::Status::OK();
  }

 private:
  void NextPartition() {
    partition_values_.clear();
    do {
      const parquet::ByteArray* const key = partition_key_.Next();
      const parquet::ByteArray* const value = partition_value_.Next();
      if (key == nullptr) continue;
      partition_values_[std::string(ViewOf(key))] =
          value == nullptr ? std::nullopt : std::optional(std::string(ViewOf(value)));
    } while (partition_key_.GoesOn());
  }

  Leaf<parquet::ByteArrayType> path_;
  Leaf<parquet::ByteArrayType> stats_;
  Leaf<parquet::Int64Type> size_;
  Leaf<parquet::Int64Type> modification_time_;
  Leaf<parquet::BooleanType> data_change_;
  Leaf<parquet::ByteArrayType> partition_key_;
  Leaf<parquet::ByteArrayType> partition_value_;
  PartitionValues partition_values_;
  std::string decoded_;
};

struct Place {
  std::string_view path;  // of the leaf; of a map, without the name of its repeated group
  parquet::Type::type type;
  int PlainAddLeaves::*leaf;
};

constexpr Place kPlaces[] = {
    {"add.path", parquet::Type::BYTE_ARRAY, &PlainAddLeaves::path},
    {"add.stats", parquet::Type::BYTE_ARRAY, &PlainAddLeaves::stats},
    {"add.size", parquet::Type::INT64, &PlainAddLeaves::size},
    {"add.modificationTime", parquet::Type::INT64, &PlainAddLeaves::modification_time},
    {"add.dataChange", parquet::Type::BOOLEAN, &PlainAddLeaves::data_change},
    {"add.partitionValues.key", parquet::Type::BYTE_ARRAY, &PlainAddLeaves::partition_key},
    {"add.partitionValues.value", parquet::Type::BYTE_ARRAY, &PlainAddLeaves::partition_value},
};

/// The place of the leaf, when it is one of the above and nested no deeper.
const Place* FindPlace(const parquet::ColumnDescriptor& leaf) {
  const std::vector<std::string> path = leaf.path()->ToDotVector();
  const bool is_map = path.size() == 4 && path[1] == "partitionValues";
  if (leaf.max_repetition_level() != (is_map ? 1 : 0) || path.size() != (is_map ? 4U : 2U)) {
    return nullptr;
  }
  const std::string name = fmt::format("{}.{}{}{}", path[0], path[1], is_map ? "." : "",
                                       is_map ? std::string_view(path[3]) : "");
  for (const Place& place : kPlaces) {
    if (place.path == name && place.type == leaf.physical_type()) return &place;
  }
  return nullptr;
}

}  // namespace

std::optional<PlainAddLeaves> FindPlainAdds(const parquet::SchemaDescriptor& schema,
                                            const std::vector<int>& leaves) {
  PlainAddLeaves found;
  for (const int leaf : leaves) {
    const Place* const place = FindPlace(*schema.Column(leaf));
    if (place == nullptr || found.*place->leaf >= 0) return std::nullopt;
    found.*place->leaf = leaf;
  }
  const bool whole_map = (found.partition_key < 0) == (found.partition_value < 0);
  if (found.path < 0 || !whole_map) return std::nullopt;
  return found;
}

Status ReadPlainAdds(const ParquetFile& file, int row_group, const PlainAddLeaves& leaves,
                     const Replay& replay, const TakeFile& take) {
  Status taken;
  TRY_DO(file.ReadColumns(row_group, [&](parquet::RowGroupReader& reader) {
    PlainAdds adds(reader, leaves);
    std::string key;
    for (int64_t row = 0; row < file.rows(row_group) && taken; ++row) {
      FileView view = adds.Next();
      if (view.path.empty() || replay.Supersedes(view.path, "", key)) continue;
      view.num_records = NumRecords(view.stats);
      taken = CheckNumbers(view.path, view.size_bytes, view.num_records, nullptr);
      if (taken) taken = take(view);
    }
    return adds.Check();
  }));
  return taken;
}

}  // namespace oresmith::delta
