// An epoch of a flow into Kafka: one transaction, with the epoch as the metadata of an offset of
// the flow's own group. The offset stands at partition 0 of the sink's topic and counts epochs;
// nobody consumes with that group.

#include "connector/sink.h"

#include <arrow/array.h>

#include <array>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include "base/near.h"
#include "connector/kafka/client_internal.h"
#include "types/text.h"

namespace oresmith::connector {
namespace {

constexpr int kContactSeconds = 8;
constexpr int kContactMillis = kContactSeconds * 1000;
constexpr int kCommitMillis = 60'000;
constexpr std::string_view kEpochMark = "oresmith epoch ";

struct KafkaSinkSettings {
  KafkaClientOptions client;
  std::string topic;
  bool exactly_once = true;
};

Result<KafkaSinkSettings> ParseSettings(const SinkOptions& options) {
  KafkaSinkSettings settings;
  std::map<std::string, std::string> client;
  for (const auto& [name, value] : options.options) {
    const auto is = [&](std::string_view other) { return types::EqualsIgnoringCase(name, other); };
    if (is("bootstrapServers")) {
      client["bootstrap.servers"] = value;
    } else if (is("eventHubs.connectionString")) {
      TRY(const auto hub, EventHubsOptions(value));
      client.insert(hub.begin(), hub.end());
    } else if (is("topic")) {
      settings.topic = value;
    } else if (is("delivery")) {
      settings.exactly_once = types::EqualsIgnoringCase(value, "exactly-once");
      if (!settings.exactly_once && !types::EqualsIgnoringCase(value, "at-least-once")) {
        return Fail(ErrorKind::kInvalidInput,
                    "option delivery: {} is neither exactly-once nor at-least-once", value);
      }
    } else if (name.starts_with("kafka.")) {
      client[name.substr(6)] = value;
    } else {
      const std::string near =
          Nearest(name, {"bootstrapServers", "topic", "delivery", "kafka.bootstrap.servers"});
      Error error = MakeError(ErrorKind::kInvalidInput, "there is no option {}", name);
      if (!near.empty()) error.fix = fmt::format("did you mean {}?", near);
      return Fail(std::move(error));
    }
  }
  if (settings.topic.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "the topic is missing")
                    .WithFix("give OPTIONS ('topic' = '...'); rows may name others in a column "
                             "topic"));
  }
  TRY(settings.client, ParseKafkaClientOptions(client));
  return settings;
}

bool IsText(const types::Type& type) {
  return type.Is(types::TypeId::kString) || type.Is(types::TypeId::kBinary);
}

bool IsHeaders(const types::Type& type) {
  if (!type.Is(types::TypeId::kArray) || !type.element().Is(types::TypeId::kStruct)) return false;
  const auto& fields = type.element().fields();
  return fields.size() == 2 && fields[0].type.Is(types::TypeId::kString) && IsText(fields[1].type);
}

/// Positions of the columns; -1: not there.
struct SinkColumns {
  int key = -1;
  int value = -1;
  int topic = -1;
  int partition = -1;
  int headers = -1;
};

Result<SinkColumns> FindColumns(const types::Schema& schema) {
  SinkColumns found;
  for (size_t i = 0; i < schema.size(); ++i) {
    const types::Field& field = schema[i];
    const auto is = [&](std::string_view name) {
      return types::EqualsIgnoringCase(field.name, name);
    };
    const auto take = [&](int& column, bool fits, std::string_view wanted) -> Status {
      column = static_cast<int>(i);
      if (fits) return {};
      return Fail(MakeError(ErrorKind::kInvalidInput, "column {}: it is {}, and Kafka takes {}",
                            field.name, field.type.ToSql(), wanted)
                      .WithFix("cast it, or make text of it: to_json(struct(...)) AS value"));
    };
    if (is("value")) {
      TRY_DO(take(found.value, IsText(field.type), "STRING or BINARY"));
    } else if (is("key")) {
      TRY_DO(take(found.key, IsText(field.type), "STRING or BINARY"));
    } else if (is("topic")) {
      TRY_DO(take(found.topic, field.type.Is(types::TypeId::kString), "STRING"));
    } else if (is("partition")) {
      TRY_DO(take(found.partition, field.type.Is(types::TypeId::kInt), "INT"));
    } else if (is("headers")) {
      TRY_DO(
          take(found.headers, IsHeaders(field.type), "ARRAY<STRUCT<key: STRING, value: BINARY>>"));
    } else {
      return Fail(
          MakeError(ErrorKind::kInvalidInput, "column {}: a message has none such", field.name)
              .WithFix("give key, value, headers, topic and partition; other columns go "
                       "into the value: to_json(struct(...)) AS value"));
    }
  }
  if (found.value >= 0) return found;
  return Fail(MakeError(ErrorKind::kInvalidInput, "there is no column value")
                  .WithFix("name one of the columns so: to_json(struct(*)) AS value"));
}

/// The bytes of a STRING or BINARY value; nothing for NULL.
std::optional<std::string_view> BytesAt(const arrow::RecordBatch& rows, int column, int64_t row) {
  if (column < 0 || rows.column(column)->IsNull(row)) return std::nullopt;
  return static_cast<const arrow::BinaryArray&>(*rows.column(column)).GetView(row);
}

class KafkaSink final : public Sink {
 public:
  KafkaSink(KafkaSinkSettings settings, SinkColumns columns, std::string id, const Clock& clock)
      : settings_(std::move(settings)),
        columns_(columns),
        group_("oresmith-" + std::move(id)),
        clock_(clock) {}
  ~KafkaSink() override {
    if (client_ == nullptr) return;
    rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    client_->Poll();
  }
  KafkaSink(const KafkaSink&) = delete;
  KafkaSink& operator=(const KafkaSink&) = delete;

  int64_t last_epoch() const override { return last_epoch_; }
  std::string Describe() const override { return "topic " + settings_.topic; }

  Status Open() {
    std::map<std::string, std::string> defaults{
        {"enable.idempotence", "true"},           {"linger.ms", "5"},
        {"batch.num.messages", "100000"},         {"queue.buffering.max.messages", "200000"},
        {"queue.buffering.max.kbytes", "131072"}, {"partitioner", "murmur2_random"}};
    if (settings_.exactly_once) defaults["transactional.id"] = group_;
    TRY(client_, KafkaClient::Open(RD_KAFKA_PRODUCER, settings_.client, defaults, [](auto* conf) {
          rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
        }));
    TRY(const auto topics, client_->Topics({settings_.topic}, kContactSeconds, clock_));
    if (!topics.contains(settings_.topic)) {
      return Fail(MakeError(ErrorKind::kNotFound, "topic {}: there is no such topic at {}",
                            settings_.topic, client_->servers())
                      .WithFix("make the topic, or correct the name"));
    }
    if (!settings_.exactly_once) return {};
    // Ends a transaction that a process before has left open, and keeps that process out.
    TRY_DO(Check(rd_kafka_init_transactions(client_->handle(), kCommitMillis), "begin"));
    return ReadLastEpoch();
  }

  Status Begin(int64_t epoch) override {
    epoch_ = epoch;
    failed_ = 0;
    if (!settings_.exactly_once) return {};
    if (in_transaction_) TRY_DO(Abort());
    TRY_DO(Check(rd_kafka_begin_transaction(client_->handle()), "begin"));
    in_transaction_ = true;
    return {};
  }

  Status Write(const columnar::Batch& rows) override {
    for (int64_t row = 0; row < rows->num_rows(); ++row) TRY_DO(WriteRow(*rows, row));
    client_->Poll();
    return {};
  }

  Status Commit() override {
    if (settings_.exactly_once) {
      TRY_DO(SendEpoch());
      Status committed =
          Check(rd_kafka_commit_transaction(client_->handle(), kCommitMillis), "commit");
      if (!committed) return committed;
      in_transaction_ = false;
      last_epoch_ = epoch_;
      return {};
    }
    const auto code = rd_kafka_flush(client_->handle(), kCommitMillis);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (auto error = client_->events().Hopeless(client_->servers())) return Fail(*error);
      return Fail(client_->events().Unreachable(client_->servers()));
    }
    if (failed_ == 0) return {};
    return Fail(ErrorKind::kUnavailable, "write to {}: {} messages were not delivered: {}",
                Describe(), failed_.load(), FirstFailure());
  }

 private:
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    auto& sink = *static_cast<KafkaSink*>(message->_private);
    ++sink.failed_;
    const std::lock_guard lock(sink.mutex_);
    sink.failure_ = rd_kafka_err2str(message->err);
  }

  std::string FirstFailure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  Status Check(rd_kafka_error_t* raw, std::string_view act) {
    const std::unique_ptr<rd_kafka_error_t, decltype(&rd_kafka_error_destroy)> error(
        raw, rd_kafka_error_destroy);
    if (error == nullptr) return {};
    const auto code = rd_kafka_error_code(error.get());
    const std::string text = client_->events().Clean(rd_kafka_error_string(error.get()));
    const bool abort = rd_kafka_error_txn_requires_abort(error.get()) != 0;
    const bool fatal = rd_kafka_error_is_fatal(error.get()) != 0;
    if (abort) TRY_DO(Abort());
    client_->Poll();
    if (auto hopeless = client_->events().Hopeless(client_->servers())) return Fail(*hopeless);
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
        code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) {
      return Fail(MakeError(ErrorKind::kConflict, "{} an epoch in {}: another process writes it",
                            act, Describe())
                      .WithNote(text)
                      .WithFix("run the pipeline in one process"));
    }
    const bool passes = abort || rd_kafka_error_is_retriable(error.get()) != 0 ||
                        code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (passes && !fatal) {
      return Fail(ErrorKind::kUnavailable, "{} an epoch in {}: {}", act, Describe(), text);
    }
    return Fail(KafkaError(code, fmt::format("{} an epoch in {}", act, Describe()), text));
  }

  Status Abort() {
    in_transaction_ = false;
    rd_kafka_error_t* const error = rd_kafka_abort_transaction(client_->handle(), kCommitMillis);
    if (error == nullptr) return {};
    const std::string text = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    return Fail(ErrorKind::kUnavailable, "give up an epoch in {}: {}", Describe(), text);
  }

  Status WriteRow(const arrow::RecordBatch& rows, int64_t row) {
    const auto value = BytesAt(rows, columns_.value, row);
    const auto key = BytesAt(rows, columns_.key, row);
    const auto topic = BytesAt(rows, columns_.topic, row);
    const std::string to(topic.value_or(settings_.topic));
    int32_t partition = RD_KAFKA_PARTITION_UA;
    if (columns_.partition >= 0 && rows.column(columns_.partition)->IsValid(row)) {
      partition =
          static_cast<const arrow::Int32Array&>(*rows.column(columns_.partition)).Value(row);
    }
    auto* const value_data = const_cast<char*>(value ? value->data() : nullptr);
    const size_t value_size = value ? value->size() : 0;
    const char* const key_data = key ? key->data() : nullptr;
    const size_t key_size = key ? key->size() : 0;
    while (true) {
      rd_kafka_headers_t* const headers = Headers(rows, row);
      const auto code = rd_kafka_producev(
          client_->handle(), RD_KAFKA_V_TOPIC(to.c_str()), RD_KAFKA_V_PARTITION(partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(value_data, value_size),
          RD_KAFKA_V_KEY(key_data, key_size), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(this),
          RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        // A transaction that went wrong takes no more; Commit or Begin says why and ends it.
        return Fail(KafkaError(code, "write to topic " + to, ""));
      }
      rd_kafka_poll(client_->handle(), 100);
      if (auto error = client_->events().Hopeless(client_->servers())) return Fail(*error);
    }
  }

  rd_kafka_headers_t* Headers(const arrow::RecordBatch& rows, int64_t row) const {
    rd_kafka_headers_t* const headers = rd_kafka_headers_new(4);
    const auto add = [&](std::string_view name, const void* value, size_t size) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value,
                          static_cast<ssize_t>(size));
    };
    if (columns_.headers >= 0 && rows.column(columns_.headers)->IsValid(row)) {
      const auto& list = static_cast<const arrow::ListArray&>(*rows.column(columns_.headers));
      const auto& entries = static_cast<const arrow::StructArray&>(*list.values());
      const auto& names = static_cast<const arrow::StringArray&>(*entries.field(0));
      const auto& values = static_cast<const arrow::BinaryArray&>(*entries.field(1));
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        const std::string_view value = values.GetView(i);
        add(names.GetView(i), values.IsNull(i) ? nullptr : value.data(), value.size());
      }
    }
    if (!settings_.exactly_once) {
      // Without transactions an epoch may come twice: its number says so.
      const std::string epoch = std::to_string(epoch_);
      add("oresmith-flow", group_.data(), group_.size());
      add("oresmith-epoch", epoch.data(), epoch.size());
    }
    return headers;
  }

  KafkaList EpochPlace() const {
    KafkaList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), 0);
    return list;
  }

  Status SendEpoch() {
    const KafkaList place = EpochPlace();
    std::string mark = fmt::format("{}{}", kEpochMark, epoch_);
    // librdkafka frees it with the list, by free().
    char* const metadata = strdup(mark.c_str());
    place->elems[0].offset = epoch_ + 1;
    place->elems[0].metadata = metadata;
    place->elems[0].metadata_size = mark.size();
    const std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                          decltype(&rd_kafka_consumer_group_metadata_destroy)>
        group(rd_kafka_consumer_group_metadata_new(group_.c_str()),
              rd_kafka_consumer_group_metadata_destroy);
    return Check(rd_kafka_send_offsets_to_transaction(client_->handle(), place.get(), group.get(),
                                                      kCommitMillis),
                 "note");
  }

  Status ReadLastEpoch() {
    TRY(const auto reader,
        KafkaClient::Open(RD_KAFKA_CONSUMER, settings_.client,
                          {{"group.id", group_}, {"enable.auto.commit", "false"}}));
    const KafkaList place = EpochPlace();
    const auto code = rd_kafka_committed(reader->handle(), place.get(), kContactMillis);
    const auto answer = code == RD_KAFKA_RESP_ERR_NO_ERROR ? place->elems[0].err : code;
    if (answer != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(KafkaError(answer, fmt::format("read the last epoch in {}", Describe()), ""));
    }
    const std::string_view mark(static_cast<const char*>(place->elems[0].metadata),
                                place->elems[0].metadata_size);
    if (place->elems[0].offset < 0 || !mark.starts_with(kEpochMark)) return {};
    const std::string_view number = mark.substr(kEpochMark.size());
    std::from_chars(number.data(), number.data() + number.size(), last_epoch_);
    return {};
  }

  const KafkaSinkSettings settings_;
  const SinkColumns columns_;
  const std::string group_;
  const Clock& clock_;
  std::shared_ptr<KafkaClient> client_;
  int64_t last_epoch_ = -1;
  int64_t epoch_ = -1;
  bool in_transaction_ = false;
  std::atomic<int64_t> failed_ = 0;
  std::mutex mutex_;  // guards failure_
  std::string failure_;
};

}  // namespace

Status CheckSink(const SinkOptions& options, const types::Schema& columns) {
  if (!types::EqualsIgnoringCase(options.format, "kafka")) {
    return Fail(
        MakeError(ErrorKind::kUnsupported, "sink: there is no format {} yet", options.format)
            .WithFix("write USING kafka; for Delta, make a streaming table"));
  }
  Result<KafkaSinkSettings> settings = ParseSettings(options);
  if (!settings) return Fail(std::move(settings).error().Within("sink"));
  Result<SinkColumns> found = FindColumns(columns);
  if (!found) return Fail(std::move(found).error().Within("sink"));
  return {};
}

Result<std::unique_ptr<Sink>> MakeSink(const SinkOptions& options, const types::Schema& columns,
                                       const Clock& clock) {
  TRY_DO(CheckSink(options, columns));
  TRY(KafkaSinkSettings settings, ParseSettings(options));
  TRY(const SinkColumns found, FindColumns(columns));
  auto sink = std::make_unique<KafkaSink>(std::move(settings), found, options.id, clock);
  Status opened = sink->Open();
  if (!opened) return Fail(std::move(opened).error().Within("sink"));
  return sink;
}

}  // namespace oresmith::connector
