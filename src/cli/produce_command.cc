// oresmith produce: lands files of invented orders, for demonstrations and tests.

#include "cli/command.h"
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
    command_ = app.add_subcommand("produce", "Land files of invented orders in a folder");
    command_->add_option("KIND", kind_, "retail, restaurant or ecommerce")->required();
    command_->add_option("--to", options_.directory, "The folder; made when it is missing")
        ->type_name("DIR")
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
    command_->footer(
        "Example:\n"
        "  oresmith produce retail --to shop/input --count 10000\n"
        "  oresmith produce retail --to shop/input --rate 500\n"
        "\n"
        "One order in a thousand each is no JSON, without an id, with a negative quantity, a\n"
        "duplicate, or late: pipelines meet such records. A second call continues the numbers.");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    auto kind = connector::ParseOrderKind(kind_);
    if (!kind) return Report(std::move(kind).error().Within("command line"), context);
    options_.generator.kind = *kind;
    if (options_.count == 0 && options_.rate == 0) options_.rate = kRateWithoutCount;
    StopSignals signals([] {});
    connector::ProduceProgress last;
    const auto text = [&] {
      return fmt::format("{} orders, {} files, {} bytes in {}", WithThousands(last.records),
                         WithThousands(last.files), WithThousands(last.bytes), options_.directory);
    };
    const auto on_file = [&](const connector::ProduceProgress& progress) {
      last = progress;
      if (!context.out.is_terminal()) return;
      context.out.Write(fmt::format("\r{}\033[K", text()));
      static_cast<void>(context.out.Flush());  // a closed output is told at the end
    };
    const Status produced =
        connector::ProduceFiles(options_, context.clock, signals.token(), on_file);
    context.out.Write(fmt::format("{}{}\n", context.out.is_terminal() ? "\r\033[K" : "", text()));
    if (produced || produced.error().kind == ErrorKind::kCancelled) return ExitCode::kOk;
    return Report(produced.error(), context);
  }

 private:
  CLI::App* command_ = nullptr;
  std::string kind_;
  connector::ProduceOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeProduceCommand() { return std::make_unique<ProduceCommand>(); }

}  // namespace oresmith::cli
