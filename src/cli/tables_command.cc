// oresmith tables: what there is.

#include "cli/command.h"
#include "cli/pipeline_options.h"
#include "cli/text_table.h"
#include "cli/value_text.h"

namespace oresmith::cli {
namespace {

std::vector<std::string> Row(const pipeline::TableInfo& table) {
  const bool made = table.version >= 0;
  return {table.name,
          table.kind,
          made ? WithThousands(table.version) : "-",
          table.rows ? WithThousands(*table.rows) : "-",
          made ? WithThousands(table.files) : "-",
          made ? WithThousands(table.bytes) : "-",
          made ? UtcSecondsText(table.changed_ms) : "not made yet"};
}

class TablesCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("tables", "List the pipeline's tables");
    options_.RegisterDirectory(*command_);
    options_.RegisterOthers(*command_);
    command_->footer("Example:\n  oresmith tables shop");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    auto opened = OpenPipeline(options_, LogStyle::kQuiet, context);
    if (!opened) return Report(opened.error(), context);
    const auto tables = opened->pipeline->Tables();
    if (!tables) return Report(tables.error(), context);
    TextTable text({{"table"},
                    {"kind"},
                    {"version", true},
                    {"rows", true},
                    {"files", true},
                    {"bytes", true},
                    {"last change (UTC)"}});
    for (const pipeline::TableInfo& table : *tables) text.Add(Row(table));
    for (const std::string& line : text.Lines()) context.out.Write(line + "\n");
    context.out.Write(fmt::format("\ntables: {}\n", opened->pipeline->storage_root()));
    return ExitCode::kOk;
  }

 private:
  CLI::App* command_ = nullptr;
  PipelineOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeTablesCommand() { return std::make_unique<TablesCommand>(); }

}  // namespace oresmith::cli
