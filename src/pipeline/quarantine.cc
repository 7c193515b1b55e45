#include "pipeline/quarantine.h"

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/util/utf8.h>

#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

/// Text columns must be UTF-8: bytes that are not are shown as \xHH.
std::string AsUtf8(const std::string& bytes) {
  arrow::util::InitializeUTF8();
  if (arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(bytes.data()),
                                static_cast<int64_t>(bytes.size()))) {
    return bytes;
  }
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += fmt::format("\\x{:02X}", byte);
    }
  }
  return text;
}

struct Columns {
  arrow::TimestampBuilder at{arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                             arrow::default_memory_pool()};
  arrow::StringBuilder dataset;
  arrow::Int64Builder epoch;
  arrow::StringBuilder kind;
  std::shared_ptr<arrow::StringBuilder> rule = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder rules{arrow::default_memory_pool(), rule,
                           arrow::list(arrow::field("element", arrow::utf8()))};
  arrow::StringBuilder reason;
  arrow::StringBuilder file;
  arrow::Int64Builder line;
  arrow::StringBuilder raw;
  arrow::StringBuilder row;
};

arrow::Status AppendText(arrow::StringBuilder& builder, const std::string& text) {
  return text.empty() ? builder.AppendNull() : builder.Append(AsUtf8(text));
}

arrow::Status Append(Columns& columns, const QuarantinedRow& row, const std::string& dataset,
                     int64_t epoch, Instant now) {
  ARROW_RETURN_NOT_OK(columns.at.Append(Micros(now)));
  ARROW_RETURN_NOT_OK(columns.dataset.Append(dataset));
  ARROW_RETURN_NOT_OK(columns.epoch.Append(epoch));
  ARROW_RETURN_NOT_OK(columns.kind.Append(row.kind));
  ARROW_RETURN_NOT_OK(columns.rules.Append());
  for (const std::string& rule : row.rules) ARROW_RETURN_NOT_OK(columns.rule->Append(rule));
  ARROW_RETURN_NOT_OK(AppendText(columns.reason, row.reason));
  ARROW_RETURN_NOT_OK(AppendText(columns.file, row.file));
  ARROW_RETURN_NOT_OK(row.line > 0 ? columns.line.Append(row.line) : columns.line.AppendNull());
  ARROW_RETURN_NOT_OK(AppendText(columns.raw, row.raw));
  return AppendText(columns.row, row.row_json);
}

arrow::Result<columnar::Batch> Build(const std::vector<QuarantinedRow>& rows,
                                     const std::string& dataset, int64_t epoch, Instant now) {
  Columns columns;
  for (const QuarantinedRow& row : rows) {
    ARROW_RETURN_NOT_OK(Append(columns, row, dataset, epoch, now));
  }
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrow::ArrayBuilder* const builders[] = {
      &columns.at,     &columns.dataset, &columns.epoch, &columns.kind, &columns.rules,
      &columns.reason, &columns.file,    &columns.line,  &columns.raw,  &columns.row};
  for (arrow::ArrayBuilder* builder : builders) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> array, builder->Finish());
    arrays.push_back(std::move(array));
  }
  return columnar::Batch(arrow::RecordBatch::Make(
      columnar::ToArrow(QuarantineSchema()), static_cast<int64_t>(rows.size()), std::move(arrays)));
}

}  // namespace

types::Schema QuarantineSchema() {
  const Type text(TypeId::kString);
  return {Field{.name = "quarantined_at", .type = Type(TypeId::kTimestamp)},
          Field{.name = "dataset", .type = text},
          Field{.name = "epoch", .type = Type(TypeId::kLong)},
          Field{.name = "kind", .type = text, .comment = "bad_record or expectation"},
          Field{.name = "rules", .type = Type::Array(text), .comment = "expectations it broke"},
          Field{.name = "reason", .type = text},
          Field{.name = "file", .type = text},
          Field{.name = "line", .type = Type(TypeId::kLong)},
          Field{.name = "raw", .type = text, .comment = "the record as it came"},
          Field{.name = "row", .type = text, .comment = "the dropped row, as JSON"}};
}

Quarantine::Quarantine(storage::Store& store, const std::string& table_root, std::string dataset,
                       const Clock& clock, Random& random)
    : store_(store),
      root_(table_root + "__quarantine"),
      dataset_(std::move(dataset)),
      clock_(clock),
      random_(random) {}

Status Quarantine::OpenOrCreate() {
  if (table_ != nullptr) return {};
  delta::CreateOptions options;
  options.schema = QuarantineSchema();
  options.description = "Bad records and dropped rows of " + dataset_;
  TRY(table_, OpenOrCreateOwned(store_, root_, dataset_ + "__quarantine", options,
                                delta::FilesHeld::kSinceCheckpoint, clock_, random_));
  return {};
}

Status Quarantine::Add(const std::vector<QuarantinedRow>& rows, const std::string& app_id,
                       int64_t epoch, bool replace) {
  if (rows.empty() && !replace) return {};
  if (rows.empty() && table_ == nullptr &&
      !store_.Head(root_ + "/_delta_log/00000000000000000000.json")) {
    return {};
  }
  TRY_DO(OpenOrCreate());
  const auto& transactions = table_->snapshot()->transactions;
  const auto done = transactions.find(app_id);
  if (done != transactions.end() && done->second >= epoch) return {};
  if (rows.empty() && table_->snapshot()->num_files() == 0) return {};

  delta::CommitRequest request;
  request.operation = replace ? "WRITE" : "STREAMING UPDATE";
  request.overwrite = replace;
  request.transactions.push_back({.app_id = app_id, .version = epoch});
  if (!rows.empty()) {
    auto batch = Build(rows, dataset_, epoch, clock_.Now());
    if (!batch.ok()) {
      return Fail(columnar::FromArrowStatus(batch.status(), ErrorKind::kUnavailable,
                                            "quarantine " + dataset_));
    }
    TRY(auto writer, table_->NewWriter({}, nullptr));
    TRY_DO(writer->Write(*batch));
    TRY_DO(writer->CloseInto(request));
  }
  TRY_DO(table_->Commit(request));
  return {};
}

}  // namespace oresmith::pipeline
