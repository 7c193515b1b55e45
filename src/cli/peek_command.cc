// oresmith peek: shows the messages of a Kafka topic.

#include <arrow/array.h>

#include <algorithm>
#include <charconv>

#include "cli/command.h"
#include "cli/kafka_arguments.h"
#include "cli/stop_signals.h"
#include "cli/value_text.h"
#include "connector/kafka/kafka_source.h"

namespace oresmith::cli {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The columns of a message that peek shows, by position in KafkaSchema.
struct Columns {
  explicit Columns(const arrow::RecordBatch& batch)
      : key(static_cast<const arrow::BinaryArray&>(*batch.column(0))),
        value(static_cast<const arrow::BinaryArray&>(*batch.column(1))),
        topic(*batch.column(2)),
        partition(*batch.column(3)),
        offset(*batch.column(4)),
        timestamp(*batch.column(5)),
        headers(static_cast<const arrow::ListArray&>(*batch.column(7))) {}
  const arrow::BinaryArray& key;
  const arrow::BinaryArray& value;
  const arrow::Array& topic;
  const arrow::Array& partition;
  const arrow::Array& offset;
  const arrow::Array& timestamp;
  const arrow::ListArray& headers;
};

/// JSON as it is, other text in quotes, bytes that are no text as U+FFFD.
void AppendValue(const arrow::BinaryArray& array, int64_t row, std::string& out) {
  if (array.IsNull(row)) {
    out += "null";
    return;
  }
  const std::string_view value = array.GetView(row);
  const bool json = value.size() > 1 && ((value.front() == '{' && value.back() == '}') ||
                                         (value.front() == '[' && value.back() == ']'));
  const bool one_line = value.find_first_of("\r\n") == std::string_view::npos;
  if (json && one_line) {
    out += value;
  } else {
    AppendJsonString(value, out);
  }
}

void AppendHeaders(const arrow::ListArray& list, int64_t row, std::string& out) {
  if (list.IsNull(row)) return;
  const auto& entries = static_cast<const arrow::StructArray&>(*list.values());
  const auto& names = static_cast<const arrow::StringArray&>(*entries.field(0));
  const auto& values = static_cast<const arrow::BinaryArray&>(*entries.field(1));
  out += R"(,"headers":{)";
  for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
    if (i > list.value_offset(row)) out += ',';
    AppendJsonString(names.GetView(i), out);
    out += ':';
    AppendValue(values, i, out);
  }
  out += '}';
}

class PeekCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ =
        app.add_subcommand("peek", "Show the messages of a Kafka topic, one JSON object each");
    command_->add_option("URL", url_, "kafka://host:9092/topic")->required();
    command_
        ->add_option("--from", from_,
                     "earliest, a time in milliseconds since 1970, or with --partition an offset")
        ->type_name("WHERE")
        ->capture_default_str();
    command_->add_option("--to", to_, "latest, or the same as --from: the first that is left out")
        ->type_name("WHERE")
        ->capture_default_str();
    command_->add_option("--partition", partition_, "Only of this partition")
        ->type_name("P")
        ->check(CLI::NonNegativeNumber);
    command_->add_option("--key", key_, "Only with this key")->type_name("TEXT");
    command_->add_option("--where", where_, "Only those whose JSON has this value in a field")
        ->type_name("FIELD=VALUE");
    command_->add_option("--count", count_, "At most so many; 0: all")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    kafka_.Register(*command_);
    command_->footer(
        "Example:\n"
        "  oresmith peek kafka://localhost:9092/orders\n"
        "  oresmith peek kafka://localhost:9092/orders --partition 0 --from 100 --to 110\n"
        "  oresmith peek kafka://localhost:9092/orders --where city=Chicago --count 3\n"
        "\n"
        "No consumer group is joined, and no offset is stored.");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    auto options = Options();
    if (!options) return Report(std::move(options).error().Within("command line"), context);
    StopSignals signals([] {});
    Status shown = Show(*options, context, signals.token());
    if (shown) return ExitCode::kOk;
    return Report(std::move(shown).error().Within("peek"), context);
  }

 private:
  Result<connector::KafkaSourceOptions> Options() const {
    TRY(const connector::KafkaTarget target, kafka_.Target(url_));
    if (!where_.empty() && where_.find('=') == std::string::npos) {
      return Fail(ErrorKind::kInvalidInput, "--where {}: it has no value", where_);
    }
    connector::KafkaSourceOptions options;
    for (const auto& [name, value] : target.client) options.options["kafka." + name] = value;
    options.options["includeHeaders"] = "true";
    if (partition_ >= 0) {
      options.options["assign"] = fmt::format(R"({{"{}":[{}]}})", target.topic, partition_);
    } else {
      options.options["subscribe"] = target.topic;
    }
    TRY_DO(AddPoint(from_, "earliest", "starting", target.topic, options));
    TRY_DO(AddPoint(to_, "latest", "ending", target.topic, options));
    return options;
  }

  Status AddPoint(const std::string& where, const std::string& word, const std::string& prefix,
                  const std::string& topic, connector::KafkaSourceOptions& options) const {
    if (where == word) return {};
    if (!IsNumber(where)) {
      return Fail(ErrorKind::kInvalidInput, "{} is neither {} nor a number", where, word);
    }
    if (partition_ < 0) {
      options.options[prefix + "Timestamp"] = where;
      options.options["startingOffsetsByTimestampStrategy"] = "latest";
    } else {
      options.options[prefix + "Offsets"] =
          fmt::format(R"({{"{}":{{"{}":{}}}}})", topic, partition_, where);
    }
    return {};
  }

  Status Show(const connector::KafkaSourceOptions& options, Context& context,
              std::stop_token stop) {
    TRY(const auto messages, connector::MakeKafkaRelation(options, context.clock));
    TRY(const auto reader, messages->Open({0, 1, 2, 3, 4, 5, 6, 7}));
    int64_t shown = 0;
    while (!stop.stop_requested()) {
      TRY(const columnar::Batch batch, reader->Next());
      if (batch == nullptr) return {};
      const Columns columns(*batch);
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (!IsWanted(columns, row)) continue;
        context.out.Write(Line(columns, row));
        if (++shown == count_) return {};
      }
      TRY_DO(context.out.Flush());
    }
    return {};
  }

  bool IsWanted(const Columns& columns, int64_t row) const {
    if (!key_.empty() && (columns.key.IsNull(row) || columns.key.GetView(row) != key_))
      return false;
    if (where_.empty()) return true;
    const size_t equals = where_.find('=');
    const auto found = columns.value.IsNull(row)
                           ? std::nullopt
                           : connector::JsonFieldText(columns.value.GetView(row),
                                                      std::string_view(where_).substr(0, equals));
    return found && *found == where_.substr(equals + 1);
  }

  static std::string Line(const Columns& columns, int64_t row) {
    std::string line = R"({"topic":)";
    AppendJson(columns.topic, row, line);
    line += R"(,"partition":)";
    AppendJson(columns.partition, row, line);
    line += R"(,"offset":)";
    AppendJson(columns.offset, row, line);
    line += R"(,"timestamp":)";
    AppendJson(columns.timestamp, row, line);
    line += R"(,"key":)";
    AppendValue(columns.key, row, line);
    AppendHeaders(columns.headers, row, line);
    line += R"(,"value":)";
    AppendValue(columns.value, row, line);
    return line + "}\n";
  }

  CLI::App* command_ = nullptr;
  std::string url_;
  std::string from_ = "earliest";
  std::string to_ = "latest";
  int32_t partition_ = -1;
  std::string key_;
  std::string where_;
  int64_t count_ = 10;
  KafkaArguments kafka_;
};

}  // namespace

std::unique_ptr<Command> MakePeekCommand() { return std::make_unique<PeekCommand>(); }

}  // namespace oresmith::cli
