// oresmith produce: lands invented orders in a folder, or sends them and real ones to a Kafka
// topic.

#include <chrono>
#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/kafka_arguments.h"
#include "cli/stop_signals.h"
#include "cli/text_table.h"
#include "connector/generator/generator.h"

namespace oresmith::cli {
namespace {

// Without --count the program would fill the disk as fast as it can, so it is paced.
constexpr int64_t kRateWithoutCount = 100;

class ProduceCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("produce", "Land invented orders in a folder or a Kafka topic");
    command_->add_option("KIND", kind_, "retail, restaurant or ecommerce");
    command_
        ->add_option("--to", options_.directory,
                     "A folder, made when it is missing, or kafka://host:9092/topic")
        ->type_name("DIR|URL")
        ->required();
    command_
        ->add_option("--count", options_.count,
                     "Orders in all; without it, until Ctrl-C at 100 orders a second")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command_
        ->add_option("--rate", options_.rate, "Orders a second; without it, as fast as possible")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command_->add_option("--per-file", options_.per_file, "Orders in one file")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command_
        ->add_option("--seed", options_.generator.seed,
                     "Which orders; the same seed gives the same ones")
        ->type_name("S")
        ->capture_default_str();
    RegisterKafka();
    command_->footer(
        "Example:\n"
        "  oresmith produce retail --to shop/input --count 10000\n"
        "  oresmith produce retail --to kafka://localhost:9092/orders --key customer_id --rate "
        "500\n"
        "  oresmith produce --from orders.json --to kafka://localhost:9092/orders\n"
        "\n"
        "One order in a thousand each is no JSON, without an id, with a negative quantity, a\n"
        "duplicate, or late: pipelines meet such records. A second call continues the numbers of "
        "a\n"
        "folder; in a topic, --first gives the number to begin with.");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    const bool to_topic = options_.directory.starts_with("kafka:");
    if (kind_.empty() == from_.empty() || (!from_.empty() && !to_topic)) {
      return Report(MakeError(ErrorKind::kInvalidInput,
                              "command line: name either a KIND, or --from files to a topic"),
                    context);
    }
    if (!kind_.empty()) {
      auto kind = connector::ParseOrderKind(kind_);
      if (!kind) return Report(std::move(kind).error().Within("command line"), context);
      options_.generator.kind = *kind;
      if (options_.count == 0 && options_.rate == 0) options_.rate = kRateWithoutCount;
    }
    return to_topic ? ToTopic(context) : ToFolder(context);
  }

 private:
  void RegisterKafka() {
    command_->add_option("--from", from_, "Files of JSON lines to send as they are; - is stdin")
        ->type_name("FILE");
    command_->add_option("--key", key_, "The field whose value is the message's key")
        ->type_name("FIELD");
    command_->add_option("--first", first_, "Number of the first order in a topic")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    kafka_.Register(*command_);
  }

  ExitCode ToFolder(Context& context) {
    StopSignals signals([] {});
    connector::ProduceProgress last;
    const auto text = [&] {
      return fmt::format("{} orders, {} files, {} bytes in {}", WithThousands(last.records),
                         WithThousands(last.files), WithThousands(last.bytes), options_.directory);
    };
    const auto on_file = [&](const connector::ProduceProgress& progress) {
      last = progress;
      ShowProgress(context, text());
    };
    const Status produced =
        connector::ProduceFiles(options_, context.clock, signals.token(), on_file);
    ShowEnd(context, text());
    if (produced || produced.error().kind == ErrorKind::kCancelled) return ExitCode::kOk;
    return Report(produced.error(), context);
  }

  ExitCode ToTopic(Context& context) {
    auto target = kafka_.Target(options_.directory);
    if (!target) return Report(std::move(target).error().Within("command line"), context);
    auto opened = connector::KafkaProducer::Open(*target, context.clock);
    if (!opened) return Report(std::move(opened).error().Within("produce"), context);
    connector::KafkaProducer& producer = **opened;
    const auto text = [&] {
      return fmt::format("{} messages in {}, {} failed", WithThousands(producer.delivered()),
                         target->topic, WithThousands(producer.failed()));
    };
    StopSignals signals([] {});
    const auto on_progress = [&] {
      const auto now = context.clock.Steady();
      if (now - shown_ < std::chrono::milliseconds(250)) return;
      shown_ = now;
      ShowProgress(context, text());
    };
    Status sent = Send(context, producer, signals.token(), on_progress);
    Status flushed = producer.Flush();
    ShowEnd(context, text());
    if (!sent) return Report(std::move(sent).error().Within("produce"), context);
    if (!flushed) return Report(std::move(flushed).error().Within("produce"), context);
    if (producer.failed() == 0) return ExitCode::kOk;
    return Report(MakeError(ErrorKind::kUnavailable, "produce: {} messages were not delivered: {}",
                            producer.failed(), producer.first_failure()),
                  context);
  }

  Status Send(Context& context, connector::KafkaProducer& producer, std::stop_token stop,
              const std::function<void()>& on_progress) {
    const connector::SendOptions options{.generator = options_.generator,
                                         .first = first_,
                                         .count = options_.count,
                                         .rate = options_.rate,
                                         .key = key_};
    if (from_.empty()) {
      return connector::SendGenerated(options, producer, context.clock, stop, on_progress);
    }
    for (const std::string& path : from_) {
      std::ifstream file;
      if (path != "-") file.open(path);
      if (path != "-" && !file) {
        return Fail(ErrorKind::kNotFound, "read {}: there is no such file", path);
      }
      std::istream& in = path == "-" ? std::cin : file;
      const auto next = [&](std::string& line) {
        if (!std::getline(in, line)) return false;
        if (line.ends_with('\r')) line.pop_back();
        return true;
      };
      TRY_DO(connector::SendLines(next, options, producer, context.clock, stop, on_progress));
    }
    return {};
  }

  static void ShowProgress(Context& context, const std::string& text) {
    if (!context.out.is_terminal()) return;
    context.out.Write(fmt::format("\r{}\033[K", text));
    static_cast<void>(context.out.Flush());  // a closed output is told at the end
  }

  static void ShowEnd(Context& context, const std::string& text) {
    context.out.Write(fmt::format("{}{}\n", context.out.is_terminal() ? "\r\033[K" : "", text));
  }

  CLI::App* command_ = nullptr;
  std::string kind_;
  connector::ProduceOptions options_;
  std::vector<std::string> from_;
  std::string key_;
  int64_t first_ = 0;
  KafkaArguments kafka_;
  std::chrono::nanoseconds shown_{0};
};

}  // namespace

std::unique_ptr<Command> MakeProduceCommand() { return std::make_unique<ProduceCommand>(); }

}  // namespace oresmith::cli
