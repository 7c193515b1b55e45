#include "delta/overwrite.h"

#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "delta/features.h"
#include "delta/json_internal.h"

namespace oresmith::delta {
namespace {

using columnar::Batch;
using FilePtr = std::shared_ptr<const AddFile>;

class CheckedWriter final : public FileWriter {
 public:
  CheckedWriter(std::unique_ptr<FileWriter> writer, RowCheck check)
      : writer_(std::move(writer)), check_(std::move(check)) {}

  Status Write(const Batch& batch) override {
    TRY_DO(check_(batch));
    return writer_->Write(batch);
  }
  Result<std::vector<AddFile>> Close() override { return writer_->Close(); }
  Status CloseInto(CommitRequest& request) override { return writer_->CloseInto(request); }

 private:
  std::unique_ptr<FileWriter> writer_;
  RowCheck check_;
};

bool IsTrue(const arrow::BooleanArray& mask, int64_t row) {
  return !mask.IsNull(row) && mask.Value(row);
}

/// Which rows of a table to leave out.
class Replacer {
 public:
  Replacer(Table& table, const Replacement& replacement)
      : table_(table), replacement_(replacement) {}

  Result<CommitRequest> Run();

 private:
  struct Count {
    int64_t all = 0;
    int64_t matching = 0;
  };

  template <class Body>
  Status ForEachBatch(const FilePtr& file, const Body& body) const;
  Result<Count> CountMatching(const FilePtr& file) const;
  Status WriteRest(const FilePtr& file, FileWriter& writer) const;

  Table& table_;
  const Replacement& replacement_;
  std::shared_ptr<const Snapshot> snapshot_;
};

/// Calls `body` with each batch of the file and the mask of the rows that match.
template <class Body>
Status Replacer::ForEachBatch(const FilePtr& file, const Body& body) const {
  auto part = std::make_shared<Snapshot>();
  part->version = snapshot_->version;
  part->metadata = snapshot_->metadata;
  part->files.Append({file});
  const auto rows = table_.Scan(part);
  std::vector<int> columns(rows->schema().size());
  std::iota(columns.begin(), columns.end(), 0);
  TRY(const auto reader, rows->Open(columns));
  while (true) {
    TRY(const Batch batch, reader->Next());
    if (batch == nullptr) return {};
    TRY(const auto mask, replacement_.rows(batch));
    ORESMITH_ASSERT(mask->length() == batch->num_rows());
    TRY_DO(body(batch, *mask));
  }
}

Result<Replacer::Count> Replacer::CountMatching(const FilePtr& file) const {
  Count count;
  TRY_DO(ForEachBatch(file, [&](const Batch& batch, const arrow::BooleanArray& mask) -> Status {
    count.all += batch->num_rows();
    for (int64_t row = 0; row < batch->num_rows(); ++row) count.matching += IsTrue(mask, row);
    return {};
  }));
  return count;
}

Status Replacer::WriteRest(const FilePtr& file, FileWriter& writer) const {
  return ForEachBatch(file, [&](const Batch& batch, const arrow::BooleanArray& mask) -> Status {
    std::vector<int64_t> kept;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (!IsTrue(mask, row)) kept.push_back(row);
    }
    const arrow::Int64Array indices(std::ssize(kept), arrow::Buffer::Wrap(kept));
    const auto whole = std::const_pointer_cast<arrow::RecordBatch>(batch);
    auto taken = arrow::compute::Take(arrow::Datum(whole), arrow::Datum(indices.data()));
    if (!taken.ok()) {
      return Fail(columnar::FromArrowStatus(taken.status(), ErrorKind::kUnavailable,
                                            "leave out replaced rows"));
    }
    return writer.Write(taken->record_batch());
  });
}

Result<CommitRequest> Replacer::Run() {
  TRY(snapshot_, table_.LoadSnapshot());
  CommitRequest request{.operation = "WRITE"};
  std::unique_ptr<FileWriter> rest;
  for (const FilePtr& file : snapshot_->files.Pointers()) {
    if (replacement_.may_match && !replacement_.may_match(*file)) continue;
    TRY(const Count count, CountMatching(file));
    if (count.matching == 0) continue;
    request.removes.push_back(*file);
    if (count.matching == count.all) continue;
    if (FlagOr(snapshot_->metadata.configuration, "delta.enableChangeDataFeed", false)) {
      return Fail(ErrorKind::kUnsupported,
                  "replace rows where {}: file {} holds other rows too, and the table's change "
                  "feed would tell of them as changed",
                  replacement_.predicate_text, file->path);
    }
    if (rest == nullptr) {
      TRY(rest, table_.NewWriter(WriterOptions(), nullptr));
    }
    TRY_DO(WriteRest(file, *rest));
  }
  request.adds = replacement_.adds;
  if (rest != nullptr) {
    TRY(std::vector<AddFile> kept, rest->Close());
    std::ranges::move(kept, std::back_inserter(request.adds));
  }
  std::string predicate;
  AppendJsonText(replacement_.predicate_text, predicate);
  request.operation_parameters = {{"mode", "Overwrite"}, {"predicate", predicate}};
  request.reads.may_match = replacement_.may_match;
  request.reads.whole_table = !replacement_.may_match;
  request.read_version = snapshot_->version;
  return request;
}

}  // namespace

std::unique_ptr<FileWriter> WithRowCheck(std::unique_ptr<FileWriter> writer, RowCheck check) {
  return std::make_unique<CheckedWriter>(std::move(writer), std::move(check));
}

RowCheck MustMatch(RowPredicate predicate, std::string predicate_text) {
  return [predicate = std::move(predicate),
          text = std::move(predicate_text)](const Batch& batch) -> Status {
    TRY(const auto mask, predicate(batch));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (IsTrue(*mask, row)) continue;
      return Fail(ErrorKind::kInvalidInput, "replace rows where {}: a new row is none of those: {}",
                  text, columnar::RowToJson(*batch, row));
    }
    return {};
  };
}

Result<CommitRequest> OverwritePartitions(const Snapshot& snapshot, std::vector<AddFile> adds) {
  if (snapshot.metadata.partition_columns.empty()) {
    return Fail(ErrorKind::kInvalidInput,
                "overwrite partitions: the table has none: overwrite all of it, or name the rows");
  }
  std::set<PartitionValues> partitions;
  for (const AddFile& file : adds) partitions.insert(file.partition_values);
  CommitRequest request{.operation = "WRITE"};
  for (const AddFile& file : snapshot.files) {
    if (partitions.contains(file.partition_values)) request.removes.push_back(file);
  }
  request.adds = std::move(adds);
  request.operation_parameters = {{"mode", "Overwrite"}, {"isDynamicPartitionOverwrite", "true"}};
  request.reads.may_match = [partitions = std::move(partitions)](const AddFile& file) {
    return partitions.contains(file.partition_values);
  };
  request.read_version = snapshot.version;
  return request;
}

Result<CommitRequest> ReplaceWhere(Table& table, Replacement replacement) {
  ORESMITH_ASSERT(replacement.rows != nullptr);
  return Replacer(table, replacement).Run();
}

}  // namespace oresmith::delta
