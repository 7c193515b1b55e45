#include "delta/zorder.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "delta/parquet_io.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using columnar::Batch;
using types::TypeId;

// Rows that tell how values are spread.
constexpr int64_t kSampleRows = 1 << 16;
constexpr int kRankBits = 10;
constexpr size_t kBuckets = 64;
constexpr int64_t kSliceRows = 64 * 1024;
constexpr int64_t kSpillBatchRows = 64 * 1024;

/// Order-preserving: a greater value has a greater key. Texts are cut to what a key holds.
struct Key {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Key&) const = default;
};

Key KeyOfSigned(int64_t value) {
  return {.high = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63)};
}

Key KeyOfDouble(double value) {
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return {.high = (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63)};
}

Key KeyOfBytes(std::string_view text) {
  char bytes[16] = {};
  std::memcpy(bytes, text.data(), std::min(text.size(), sizeof(bytes)));
  Key key;
  std::memcpy(&key.high, bytes, 8);
  std::memcpy(&key.low, bytes + 8, 8);
  return {.high = __builtin_bswap64(key.high), .low = __builtin_bswap64(key.low)};
}

Key KeyOfDecimal(const uint8_t* bytes) {
  const arrow::Decimal128 value(bytes);
  return {.high = static_cast<uint64_t>(value.high_bits()) ^ (uint64_t{1} << 63),
          .low = value.low_bits()};
}

template <class Array>
auto ValueAt(const arrow::Array& array, int64_t row) {
  return checked_cast<const Array&>(array).Value(row);
}

/// The least key for NULL, and greater ones for values.
Key KeyAt(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return {};
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return KeyOfSigned(ValueAt<arrow::BooleanArray>(array, row) ? 1 : 0);
    case arrow::Type::INT8:
      return KeyOfSigned(ValueAt<arrow::Int8Array>(array, row));
    case arrow::Type::INT16:
      return KeyOfSigned(ValueAt<arrow::Int16Array>(array, row));
    case arrow::Type::INT32:
      return KeyOfSigned(ValueAt<arrow::Int32Array>(array, row));
    case arrow::Type::DATE32:
      return KeyOfSigned(ValueAt<arrow::Date32Array>(array, row));
    case arrow::Type::INT64:
      return KeyOfSigned(ValueAt<arrow::Int64Array>(array, row));
    case arrow::Type::TIMESTAMP:
      return KeyOfSigned(ValueAt<arrow::TimestampArray>(array, row));
    case arrow::Type::FLOAT:
      return KeyOfDouble(ValueAt<arrow::FloatArray>(array, row));
    case arrow::Type::DOUBLE:
      return KeyOfDouble(ValueAt<arrow::DoubleArray>(array, row));
    case arrow::Type::DECIMAL128:
      return KeyOfDecimal(checked_cast<const arrow::Decimal128Array&>(array).GetValue(row));
    default:
      return KeyOfBytes(checked_cast<const arrow::BinaryArray&>(array).GetView(row));
  }
}

/// How values of the columns are spread, from a sample.
class Curve {
 public:
  /// `sample`: for each column, the keys of some rows.
  explicit Curve(std::vector<std::vector<Key>> sample) {
    constexpr size_t kRanks = size_t{1} << kRankBits;
    for (std::vector<Key>& keys : sample) {
      std::ranges::sort(keys);
      std::vector<Key> bounds;
      for (size_t i = 1; i < kRanks && !keys.empty(); ++i) {
        const Key& key = keys[keys.size() * i / kRanks];
        if (bounds.empty() || bounds.back() < key) bounds.push_back(key);
      }
      bounds_.push_back(std::move(bounds));
    }
  }

  /// The place on the curve of a row with these values.
  uint64_t PlaceOf(const std::vector<Key>& keys) const {
    uint64_t ranks[kZOrderColumnsMax] = {};
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto bound = std::ranges::upper_bound(bounds_[i], keys[i]);
      ranks[i] = static_cast<uint64_t>(bound - bounds_[i].begin());
    }
    uint64_t place = 0;
    for (int bit = kRankBits - 1; bit >= 0; --bit) {
      for (size_t i = 0; i < keys.size(); ++i) place = place << 1 | (ranks[i] >> bit & 1);
    }
    return place;
  }

 private:
  std::vector<std::vector<Key>> bounds_;  // by column: ascending
};

Error ArrowFailure(const arrow::Status& status) {
  return columnar::FromArrowStatus(status, ErrorKind::kUnavailable, "sort by Z-order");
}

/// Rows that lie in one stretch of the curve: those in memory, and those that are spilled.
struct Bucket {
  std::vector<Batch> batches;
  std::string spill_key;
  std::unique_ptr<ParquetOutput> spill;
};

class ZOrderWriter {
 public:
  ZOrderWriter(const ZOrderInput& input, FileWriter& writer)
      : input_(input), writer_(writer), schema_(columnar::ToArrow(input.rows.schema())) {}
  ~ZOrderWriter() {
    for (Bucket& bucket : buckets_) DeleteSpill(bucket);
  }

  Status Run();

 private:
  Result<std::vector<std::vector<Key>>> Sample();
  std::vector<uint64_t> Places(const arrow::RecordBatch& batch) const;
  void ChooseBounds(const std::vector<std::vector<Key>>& sample);
  Status Distribute(const Batch& batch);
  Status SpillAll();
  Status Spill(Bucket& bucket);
  Status WriteBucket(Bucket& bucket);
  Status WriteSorted(std::vector<Batch> batches);
  void DeleteSpill(Bucket& bucket);

  const ZOrderInput& input_;
  FileWriter& writer_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> columns_;  // by which is sorted
  std::optional<Curve> curve_;
  std::vector<uint64_t> bounds_;  // of the buckets, ascending
  std::vector<Bucket> buckets_;
  int64_t bytes_ = 0;  // of rows in memory
};

/// Keys of some rows, each row with the same chance.
Result<std::vector<std::vector<Key>>> ZOrderWriter::Sample() {
  std::vector<std::vector<Key>> sample(columns_.size());
  TRY(const auto reader, input_.rows.Open(columns_));
  uint64_t seen = 0;
  while (true) {
    TRY(const Batch batch, reader->Next());
    if (batch == nullptr) return sample;
    for (int64_t row = 0; row < batch->num_rows(); ++row, ++seen) {
      const bool fills = seen < kSampleRows;
      const uint64_t place = fills ? seen : input_.context.random.Next() % (seen + 1);
      if (place >= kSampleRows) continue;
      for (size_t i = 0; i < columns_.size(); ++i) {
        const Key key = KeyAt(*batch->column(static_cast<int>(i)), row);
        if (fills) {
          sample[i].push_back(key);
        } else {
          sample[i][place] = key;
        }
      }
    }
  }
}

void ZOrderWriter::ChooseBounds(const std::vector<std::vector<Key>>& sample) {
  std::vector<uint64_t> places;
  std::vector<Key> keys(sample.size());
  for (size_t row = 0; row < sample.front().size(); ++row) {
    for (size_t i = 0; i < keys.size(); ++i) keys[i] = sample[i][row];
    places.push_back(curve_->PlaceOf(keys));
  }
  std::ranges::sort(places);
  for (size_t i = 1; i < kBuckets && !places.empty(); ++i) {
    const uint64_t place = places[places.size() * i / kBuckets];
    if (bounds_.empty() || bounds_.back() < place) bounds_.push_back(place);
  }
  buckets_.resize(bounds_.size() + 1);
}

std::vector<uint64_t> ZOrderWriter::Places(const arrow::RecordBatch& batch) const {
  std::vector<uint64_t> places;
  places.reserve(static_cast<size_t>(batch.num_rows()));
  std::vector<Key> keys(columns_.size());
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    for (size_t i = 0; i < keys.size(); ++i) keys[i] = KeyAt(*batch.column(columns_[i]), row);
    places.push_back(curve_->PlaceOf(keys));
  }
  return places;
}

Status ZOrderWriter::Distribute(const Batch& batch) {
  const std::vector<uint64_t> places = Places(*batch);
  std::vector<std::vector<int64_t>> rows(buckets_.size());
  for (size_t row = 0; row < places.size(); ++row) {
    const auto bucket = std::ranges::upper_bound(bounds_, places[row]) - bounds_.begin();
    rows[static_cast<size_t>(bucket)].push_back(static_cast<int64_t>(row));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].empty()) continue;
    const arrow::Int64Array indices(std::ssize(rows[i]), arrow::Buffer::Wrap(rows[i]));
    auto taken =
        arrow::compute::Take(arrow::Datum(std::const_pointer_cast<arrow::RecordBatch>(batch)),
                             arrow::Datum(indices.data()));
    if (!taken.ok()) return Fail(ArrowFailure(taken.status()));
    bytes_ += arrow::util::TotalBufferSize(*taken->record_batch());
    buckets_[i].batches.push_back(taken->record_batch());
  }
  if (bytes_ < input_.bytes_max) return {};
  return SpillAll();
}

Status ZOrderWriter::SpillAll() {
  for (Bucket& bucket : buckets_) TRY_DO(Spill(bucket));
  bytes_ = 0;
  return {};
}

Status ZOrderWriter::Spill(Bucket& bucket) {
  if (bucket.batches.empty()) return {};
  if (bucket.spill == nullptr) {
    // A name like that of a data file: should it be left behind, VACUUM takes it.
    bucket.spill_key = KeyUnder(
        input_.root, fmt::format("part-00000-{}-sort.parquet", NewUuid(input_.context.random)));
    auto properties = parquet::WriterProperties::Builder()
                          .compression(parquet::Compression::LZ4)
                          ->disable_dictionary()
                          ->disable_statistics()
                          ->build();
    TRY(bucket.spill, ParquetOutput::Create(input_.context.store, bucket.spill_key, schema_,
                                            std::move(properties)));
  }
  for (const Batch& batch : std::exchange(bucket.batches, {})) {
    TRY_DO(bucket.spill->Write(*batch));
  }
  // The rows are out of memory only when their row group ends.
  return bucket.spill->EndRowGroup();
}

void ZOrderWriter::DeleteSpill(Bucket& bucket) {
  bucket.spill.reset();
  if (bucket.spill_key.empty()) return;
  // What cannot be deleted is left to VACUUM.
  static_cast<void>(input_.context.store.Delete(std::exchange(bucket.spill_key, {})));
}

Status ZOrderWriter::WriteSorted(std::vector<Batch> batches) {
  if (batches.empty()) return {};
  arrow::RecordBatchVector all;
  for (Batch& batch : batches) {
    all.push_back(std::const_pointer_cast<arrow::RecordBatch>(std::move(batch)));
  }
  auto whole = arrow::ConcatenateRecordBatches(all);
  if (!whole.ok()) return Fail(ArrowFailure(whole.status()));
  all.clear();
  batches.clear();
  const std::vector<uint64_t> places = Places(**whole);
  std::vector<int64_t> order(places.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {},
                           [&](int64_t row) { return places[static_cast<size_t>(row)]; });
  const arrow::Int64Array indices(std::ssize(order), arrow::Buffer::Wrap(order));
  for (int64_t first = 0; first < indices.length(); first += kSliceRows) {
    auto taken =
        arrow::compute::Take(arrow::Datum(*whole), arrow::Datum(indices.Slice(first, kSliceRows)));
    if (!taken.ok()) return Fail(ArrowFailure(taken.status()));
    TRY_DO(writer_.Write(taken->record_batch()));
  }
  return {};
}

Status ZOrderWriter::WriteBucket(Bucket& bucket) {
  std::vector<Batch> batches;
  int64_t bytes = 0;
  const auto take = [&](Batch batch) -> Status {
    bytes += arrow::util::TotalBufferSize(*batch);
    batches.push_back(std::move(batch));
    if (bytes < input_.bytes_max) return {};
    bytes = 0;
    return WriteSorted(std::exchange(batches, {}));
  };
  if (bucket.spill != nullptr) {
    TRY_DO(Spill(bucket));
    TRY_DO(bucket.spill->Close(nullptr));
    bucket.spill.reset();
    TRY(const auto file, ParquetFile::Open(input_.context.store, bucket.spill_key));
    std::vector<int> leaves(static_cast<size_t>(file->schema().num_columns()));
    std::iota(leaves.begin(), leaves.end(), 0);
    for (int group = 0; group < file->row_groups(); ++group) {
      TRY(const auto reader, file->Read(group, leaves, kSpillBatchRows));
      while (true) {
        std::shared_ptr<arrow::RecordBatch> rows;
        const arrow::Status status = reader->ReadNext(&rows);
        if (!status.ok()) return Fail(file->ReadError(status));
        if (rows == nullptr) break;
        TRY(Batch batch, columnar::Conform(rows, input_.rows.schema()));
        TRY_DO(take(std::move(batch)));
      }
    }
  }
  for (Batch& batch : bucket.batches) TRY_DO(take(std::move(batch)));
  bucket.batches.clear();
  DeleteSpill(bucket);
  return WriteSorted(std::move(batches));
}

Status ZOrderWriter::Run() {
  const types::Schema& schema = input_.rows.schema();
  for (const std::string& column : input_.columns) {
    const auto field = std::ranges::find(schema, column, &types::Field::name);
    ORESMITH_ASSERT(field != schema.end());
    columns_.push_back(static_cast<int>(field - schema.begin()));
  }
  TRY(const auto sample, Sample());
  curve_.emplace(sample);
  ChooseBounds(sample);
  std::vector<int> all(schema.size());
  std::iota(all.begin(), all.end(), 0);
  TRY(const auto reader, input_.rows.Open(all));
  while (true) {
    TRY(const Batch batch, reader->Next());
    if (batch == nullptr) break;
    TRY_DO(Distribute(batch));
  }
  for (Bucket& bucket : buckets_) TRY_DO(WriteBucket(bucket));
  return {};
}

}  // namespace

bool CanZOrderBy(const types::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kDecimal:
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return true;
    default:
      return type.IsNumeric();
  }
}

Status WriteZOrdered(const ZOrderInput& input, FileWriter& writer) {
  return ZOrderWriter(input, writer).Run();
}

}  // namespace oresmith::delta
