// oresmith run: updates the tables, once or until it is stopped.

#include <unistd.h>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/pipeline_options.h"
#include "cli/progress_view.h"
#include "cli/render_error.h"
#include "cli/run_summary.h"
#include "cli/stop_signals.h"

namespace oresmith::cli {
namespace {

using RunResult = tl::expected<pipeline::UpdateSummary, std::vector<Error>>;

class RunCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("run", "Update the tables of a pipeline");
    options_.RegisterDirectory(*command_);
    CLI::Option* const interval =
        command_->add_option("--interval", interval_, "Update again and again, this far apart")
            ->type_name("DURATION");
    command_->add_flag("--continuous", continuous_, "Take up new input as soon as it is there")
        ->excludes(interval);
    command_->add_option("--refresh", refresh_, "Update only these tables")
        ->type_name("TABLE,...")
        ->allow_extra_args(false)
        ->delimiter(',');
    CLI::Option* const full =
        command_
            ->add_option("--full-refresh", full_refresh_,
                         "Update only these tables, emptied first and made anew from the input")
            ->type_name("TABLE,...")
            ->allow_extra_args(false)
            ->delimiter(',');
    command_
        ->add_flag("--full-refresh-all", full_refresh_all_,
                   "Empty all tables first and make them anew from the input")
        ->excludes(full);
    command_
        ->add_option("--rename-flow", renamed_flows_,
                     "A flow goes on under another name; may be repeated")
        ->type_name("OLD=NEW")
        ->allow_extra_args(false);
    command_
        ->add_option("--new-flow", new_flows_,
                     "A flow that reads its input from the start, although another one has gone")
        ->type_name("FLOW")
        ->allow_extra_args(false);
    command_->add_flag("--yes", yes_, "Do a full refresh although some of its input is gone");
    options_.RegisterOthers(*command_);
    command_->footer(
        "Example:\n"
        "  oresmith run shop\n"
        "  oresmith run shop --interval 10s --set retail.input=/data/orders\n"
        "\n"
        "Durations: 500ms, 10s, 5m, 1h. Ctrl-C ends the run after the epoch under way, a second\n"
        "Ctrl-C at once; the tables stay consistent either way.");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    auto run = ToRunOptions();
    if (!run) return Report(run.error(), context);
    const bool in_place = context.out.is_terminal() && !options_.verbose;
    // Before any other thread starts: see StopSignals.
    StopSignals signals([&] {
      if (!in_place) {
        context.err.Write("stopping after the epoch under way; once more stops at once\n");
      }
    });
    // A single update tells its warnings at the end, soon; a loop must not wait for its end.
    const bool quiet = in_place || run->mode == pipeline::RunMode::kOnce;
    auto opened = OpenPipeline(options_, quiet ? LogStyle::kQuiet : LogStyle::kWarnings, context);
    if (!opened) return Report(opened.error(), context);
    opened->log->Info("event=run_started pipeline={} storage={} full_refresh_all={}",
                      opened->pipeline->name(), opened->pipeline->storage_root(),
                      full_refresh_all_);
    ProgressView view(context.out, in_place ? ProgressStyle::kInPlace : ProgressStyle::kPlain,
                      signals.token());
    const RunResult summary = opened->pipeline->Run(
        *run, [&](const pipeline::Progress& progress) { view.Show(progress); }, signals.token());
    view.Clear();
    Log(*opened->log, summary);
    if (!summary) return Report(options_.SeenFromHere(summary.error()), context);
    return Finish(*summary, opened->pipeline->storage_root(), context);
  }

 private:
  Result<pipeline::RunOptions> ToRunOptions() const {
    pipeline::RunOptions run;
    run.full_refresh_all = full_refresh_all_;
    run.full_refresh = full_refresh_;
    run.refresh = refresh_;
    run.flow_choices.added = new_flows_;
    for (const std::string& renamed : renamed_flows_) {
      const size_t equals = renamed.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == renamed.size()) {
        return Fail(MakeError(ErrorKind::kInvalidInput, "--rename-flow: {} is not OLD=NEW", renamed)
                        .WithFix("write for example --rename-flow web_orders=shop_orders"));
      }
      run.flow_choices.renamed[renamed.substr(0, equals)] = renamed.substr(equals + 1);
    }
    // A person is asked; a scheduled job has nobody to ask, and is told.
    run.accepts_losses = yes_ || ::isatty(STDIN_FILENO) == 0;
    if (continuous_) run.mode = pipeline::RunMode::kContinuous;
    if (interval_.empty()) return run;
    run.mode = pipeline::RunMode::kInterval;
    auto interval = ParseDuration(interval_);
    if (!interval) return Fail(std::move(interval).error().Within("--interval"));
    run.interval = *interval;
    return run;
  }

  static void Log(const Logger& log, const RunResult& summary) {
    if (!summary) return;
    for (const pipeline::TableProgress& table : summary->progress.tables) {
      log.Info(
          "event=table_updated table={} state={} rows_in={} rows_out={} dropped={} bad={} "
          "version={}",
          table.name, StateName(table.state), table.rows_in, table.rows_out, table.rows_dropped,
          table.bad_records, table.version);
    }
    log.Info("event=run_ended milliseconds={} warnings={} errors={}",
             summary->progress.elapsed.count(), summary->warnings.size(), summary->errors.size());
  }

  ExitCode Finish(const pipeline::UpdateSummary& summary, const std::string& storage_root,
                  Context& context) const {
    context.out.Write(
        RenderSummary(summary, storage_root, QueryCall(context.program, options_.directory)));
    if (const Status flushed = context.out.Flush(); !flushed)
      return Report(flushed.error(), context);
    const RenderOptions warning{.severity = Severity::kWarning, .color = context.err.color()};
    for (const Error& one : options_.SeenFromHere(summary.warnings)) {
      context.err.Write("\n" + RenderError(one, warning));
    }
    if (summary.errors.empty()) return ExitCode::kOk;
    context.err.Write("\n");
    Report(options_.SeenFromHere(summary.errors), context);
    return ExitCode::kFailed;
  }

  CLI::App* command_ = nullptr;
  PipelineOptions options_;
  std::string interval_;
  bool continuous_ = false;
  std::vector<std::string> refresh_;
  std::vector<std::string> full_refresh_;
  std::vector<std::string> renamed_flows_;
  std::vector<std::string> new_flows_;
  bool full_refresh_all_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRunCommand() { return std::make_unique<RunCommand>(); }

}  // namespace oresmith::cli
