#include <arrow/array.h>
#include <arrow/builder.h>

#include <algorithm>
#include <atomic>

#include "connector/kafka/batches_internal.h"

namespace oresmith::connector {
namespace {

constexpr int64_t kBatchBytes = 8 << 20;
constexpr size_t kBatchRows = 16'384;
constexpr int64_t kMicros = 1000;

using Messages = std::vector<KafkaMessage>;

/// The messages of one batch.
struct Slice {
  const KafkaRun& run;
  size_t begin = 0;
  size_t end = 0;
  int64_t size() const { return static_cast<int64_t>(end - begin); }
};

/// Key or value: one copy, out of librdkafka's buffer.
arrow::Status Bytes(const Slice& slice, bool key, arrow::ArrayBuilder& out) {
  auto& builder = static_cast<arrow::BinaryBuilder&>(out);
  int64_t bytes = 0;
  const auto size = [&](const rd_kafka_message_t& m) { return key ? m.key_len : m.len; };
  const auto data = [&](const rd_kafka_message_t& m) { return key ? m.key : m.payload; };
  for (size_t i = slice.begin; i < slice.end; ++i) {
    bytes += static_cast<int64_t>(size(*slice.run.messages[i]));
  }
  ARROW_RETURN_NOT_OK(builder.Reserve(slice.size()));
  ARROW_RETURN_NOT_OK(builder.ReserveData(bytes));
  for (size_t i = slice.begin; i < slice.end; ++i) {
    const rd_kafka_message_t& message = *slice.run.messages[i];
    if (data(message) == nullptr) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(static_cast<const uint8_t*>(data(message)),
                           static_cast<int32_t>(size(message)));
    }
  }
  return {};
}

int32_t SparkTimestampType(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return 0;
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return 1;
    default:
      return -1;
  }
}

arrow::Status Numbers(const Slice& slice, const std::string& name, arrow::ArrayBuilder& out) {
  ARROW_RETURN_NOT_OK(out.Reserve(slice.size()));
  for (size_t i = slice.begin; i < slice.end; ++i) {
    const rd_kafka_message_t& message = *slice.run.messages[i];
    if (name == "offset") {
      static_cast<arrow::Int64Builder&>(out).UnsafeAppend(message.offset);
      continue;
    }
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const int64_t millis = rd_kafka_message_timestamp(&message, &type);
    if (name == "timestampType") {
      static_cast<arrow::Int32Builder&>(out).UnsafeAppend(SparkTimestampType(type));
    } else {
      static_cast<arrow::TimestampBuilder&>(out).UnsafeAppend(millis * kMicros);
    }
  }
  return {};
}

arrow::Status Headers(const Slice& slice, arrow::ArrayBuilder& out) {
  auto& list = static_cast<arrow::ListBuilder&>(out);
  auto& entry = static_cast<arrow::StructBuilder&>(*list.value_builder());
  auto& key = static_cast<arrow::StringBuilder&>(*entry.field_builder(0));
  auto& bytes = static_cast<arrow::BinaryBuilder&>(*entry.field_builder(1));
  for (size_t i = slice.begin; i < slice.end; ++i) {
    rd_kafka_headers_t* headers = nullptr;
    const auto code = rd_kafka_message_headers(slice.run.messages[i].get(), &headers);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || rd_kafka_header_cnt(headers) == 0) {
      ARROW_RETURN_NOT_OK(list.AppendNull());
      continue;
    }
    ARROW_RETURN_NOT_OK(list.Append());
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t n = 0;
         rd_kafka_header_get_all(headers, n, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++n) {
      ARROW_RETURN_NOT_OK(entry.Append());
      ARROW_RETURN_NOT_OK(key.Append(name));
      ARROW_RETURN_NOT_OK(value == nullptr ? bytes.AppendNull()
                                           : bytes.Append(static_cast<const uint8_t*>(value),
                                                          static_cast<int32_t>(size)));
    }
  }
  return {};
}

arrow::Result<std::shared_ptr<arrow::Array>> Column(const Slice& slice, const types::Field& field) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  ARROW_RETURN_NOT_OK(
      arrow::MakeBuilder(arrow::default_memory_pool(), columnar::ToArrow(field.type), &builder));
  if (field.name == "key" || field.name == "value") {
    ARROW_RETURN_NOT_OK(Bytes(slice, field.name == "key", *builder));
  } else if (field.name == "topic") {
    return arrow::MakeArrayFromScalar(arrow::StringScalar(slice.run.partition.topic), slice.size());
  } else if (field.name == "partition") {
    return arrow::MakeArrayFromScalar(arrow::Int32Scalar(slice.run.partition.number), slice.size());
  } else if (field.name == "headers") {
    ARROW_RETURN_NOT_OK(Headers(slice, *builder));
  } else {
    ARROW_RETURN_NOT_OK(Numbers(slice, field.name, *builder));
  }
  return builder->Finish();
}

class RunReader final : public columnar::BatchReader {
 public:
  RunReader(std::vector<KafkaRun> runs, std::shared_ptr<KafkaClient> keep, types::Schema schema,
            std::vector<int> columns)
      : keep_(std::move(keep)),
        runs_(std::move(runs)),
        schema_(std::move(schema)),
        columns_(std::move(columns)) {
    for (size_t run = 0; run < runs_.size(); ++run) Cut(run);
  }

  Result<columnar::Batch> Next() override {
    const size_t at = next_++;
    if (at >= pieces_.size()) return columnar::Batch();
    const Piece& piece = pieces_[at];
    return KafkaBatch(runs_[piece.run], piece.begin, piece.end, schema_, columns_);
  }

 private:
  struct Piece {
    size_t run = 0;
    size_t begin = 0;
    size_t end = 0;
  };
  void Cut(size_t run) {
    const Messages& messages = runs_[run].messages;
    Piece piece{.run = run, .begin = 0, .end = 0};
    int64_t bytes = 0;
    for (; piece.end < messages.size(); ++piece.end) {
      const auto size = static_cast<int64_t>(messages[piece.end]->len);
      const bool full = piece.end - piece.begin == kBatchRows || bytes + size > kBatchBytes;
      if (full && piece.end > piece.begin) {
        pieces_.push_back(piece);
        piece.begin = piece.end;
        bytes = 0;
      }
      bytes += size;
    }
    if (piece.end > piece.begin) pieces_.push_back(piece);
  }

  std::shared_ptr<KafkaClient> keep_;  // stands before the messages: it goes after them
  std::vector<KafkaRun> runs_;
  types::Schema schema_;
  std::vector<int> columns_;
  std::vector<Piece> pieces_;
  std::atomic<size_t> next_ = 0;
};

}  // namespace

Result<columnar::Batch> KafkaBatch(KafkaRun& run, size_t begin, size_t end,
                                   const types::Schema& schema, const std::vector<int>& columns) {
  const Slice slice{.run = run, .begin = begin, .end = end};
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  types::Schema selected;
  for (const int column : columns) {
    selected.push_back(schema[static_cast<size_t>(column)]);
    auto array = Column(slice, selected.back());
    if (!array.ok()) {
      return Fail(columnar::FromArrowStatus(
          array.status(), ErrorKind::kBadRecord,
          fmt::format("topic {}, partition {}", run.partition.topic, run.partition.number)));
    }
    arrays.push_back(*std::move(array));
  }
  const int64_t rows = slice.size();
  for (size_t i = begin; i < end; ++i) run.messages[i].reset();
  return columnar::Batch(
      arrow::RecordBatch::Make(columnar::ToArrow(selected), rows, std::move(arrays)));
}

std::unique_ptr<columnar::BatchReader> MakeKafkaRunReader(std::vector<KafkaRun> runs,
                                                          std::shared_ptr<KafkaClient> keep,
                                                          types::Schema schema,
                                                          std::vector<int> columns) {
  return std::make_unique<RunReader>(std::move(runs), std::move(keep), std::move(schema),
                                     std::move(columns));
}

}  // namespace oresmith::connector
