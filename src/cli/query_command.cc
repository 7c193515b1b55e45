// oresmith query: one SELECT over the pipeline's tables.

#include <filesystem>

#include "cli/command.h"
#include "cli/pipeline_options.h"
#include "cli/result_format.h"
#include "cli/run_summary.h"
#include "cli/stop_signals.h"

namespace oresmith::cli {
namespace {

Result<ResultFormat> ParseFormat(std::string_view name) {
  if (name == "table") return ResultFormat::kTable;
  if (name == "csv") return ResultFormat::kCsv;
  if (name == "json") return ResultFormat::kJson;
  if (name == "markdown") return ResultFormat::kMarkdown;
  return Fail(MakeError(ErrorKind::kInvalidInput, "--format: there is no format '{}'", name)
                  .WithFix("one of table, csv, json, markdown"));
}

/// CLI11 knows no optional argument before a required one.
class QueryFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + " [OPTIONS] [DIR] SQL\n";
  }
};

class QueryCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("query", "Ask the pipeline's tables, in Spark SQL");
    command_->formatter(std::make_shared<QueryFormatter>());
    command_
        ->add_option("SQL", arguments_,
                     "The pipeline's folder, or none for the current one, and the query")
        ->type_name("[DIR] \"SELECT ...\"")
        ->expected(1, 2)
        ->required();
    command_->add_option("--format", format_, "table, csv, json (one object a line) or markdown")
        ->type_name("FORMAT")
        ->capture_default_str();
    options_.RegisterOthers(*command_);
    command_->footer(
        "Example:\n"
        "  oresmith query shop \"SELECT * FROM gold.revenue_per_day\"\n"
        "  oresmith query shop \"SELECT * FROM silver.order_items\" --format csv > items.csv");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    const std::string& sql = arguments_.back();
    if (arguments_.size() == 2) options_.directory = arguments_[0];
    std::error_code ignored;
    if (arguments_.size() == 1 && std::filesystem::is_directory(sql, ignored)) {
      return Report(MakeError(ErrorKind::kInvalidInput,
                              "command line: there is no query, only the folder {}", sql)
                        .WithFix(QueryCall(context.program, sql) + " \"SELECT ...\""),
                    context);
    }
    const auto format = ParseFormat(format_);
    if (!format) return Report(format.error(), context);
    StopSignals signals([] {});
    auto opened = OpenPipeline(options_, LogStyle::kQuiet, context);
    if (!opened) return Report(opened.error(), context);
    const auto result = opened->pipeline->Query(sql, signals.token());
    if (!result) return Report(options_.SeenFromHere(result.error()), context);
    const auto sink = [&](std::string_view text) -> Status {
      if (signals.token().stop_requested()) {
        return Fail(ErrorKind::kCancelled, "query: stopped before all rows were written");
      }
      context.out.Write(text);
      return context.out.Flush();
    };
    for (const Error& warning : result->warnings) {
      context.err.Write(fmt::format("warning: {}\n", warning.message));
      if (!warning.fix.empty()) context.err.Write(fmt::format("fix:  {}\n", warning.fix));
    }
    if (result->schema.empty()) return ExitCode::kOk;
    const Status written = WriteResult(result->schema, result->batches, *format, sink);
    return written ? ExitCode::kOk : Report(written.error(), context);
  }

 private:
  CLI::App* command_ = nullptr;
  PipelineOptions options_;
  std::vector<std::string> arguments_;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeQueryCommand() { return std::make_unique<QueryCommand>(); }

}  // namespace oresmith::cli
