// oresmith dry-run: checks everything that can be checked without touching a table.

#include "cli/command.h"
#include "cli/pipeline_options.h"
#include "cli/text_table.h"

namespace oresmith::cli {
namespace {

class DryRunCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("dry-run", "Check a pipeline: parse, bind, sort; touch nothing");
    options_.RegisterDirectory(*command_);
    options_.RegisterOthers(*command_);
    command_->footer("Example:\n  oresmith dry-run shop");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    auto opened = OpenPipeline(options_, LogStyle::kQuiet, context);
    if (!opened) return Report(opened.error(), context);
    const auto datasets = opened->pipeline->DryRun();
    if (!datasets) return Report(options_.SeenFromHere(datasets.error()), context);
    TextTable table({{"dataset"}, {"kind"}});
    for (const pipeline::TableProgress& one : *datasets) table.Add({one.name, one.kind});
    for (const std::string& line : table.Lines()) context.out.Write(line + "\n");
    context.out.Write(fmt::format("\n{}: {} {}, no error; nothing was written\n",
                                  opened->pipeline->name(), datasets->size(),
                                  datasets->size() == 1 ? "dataset" : "datasets"));
    return ExitCode::kOk;
  }

 private:
  CLI::App* command_ = nullptr;
  PipelineOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeDryRunCommand() { return std::make_unique<DryRunCommand>(); }

}  // namespace oresmith::cli
