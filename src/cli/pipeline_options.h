#pragma once

// The options of all commands that work on a pipeline folder, and how such a folder is opened.

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/command.h"
#include "pipeline/pipeline.h"

namespace oresmith::cli {

/// What of the log goes to standard error unless --verbose is given. kQuiet: nothing, because the
/// command tells errors and warnings itself, at its end.
enum class LogStyle { kQuiet, kWarnings };

struct PipelineOptions {
  std::string directory = ".";
  std::vector<std::string> settings;  // key=value
  bool verbose = false;
  std::string log_file;

  /// DIR, as the first positional argument.
  void RegisterDirectory(CLI::App& command);
  /// --set, --verbose, --log-file.
  void RegisterOthers(CLI::App& command);

  /// The errors with their files named from the working directory, not from the pipeline's folder:
  /// so that an editor finds them.
  std::vector<Error> SeenFromHere(std::vector<Error> errors) const;
  /// Errors: kInvalidInput for a setting without `=`, or twice.
  Result<pipeline::LoadOptions> ToLoadOptions(const Context& context) const;
  /// Errors: kInvalidInput when the log file cannot be written.
  Result<Logger> MakeLogger(LogStyle style) const;
};

/// A loaded pipeline with what it needs to live.
struct OpenedPipeline {
  std::unique_ptr<Logger> log;
  std::unique_ptr<pipeline::Environment> environment;
  std::unique_ptr<pipeline::Pipeline> pipeline;
};

tl::expected<OpenedPipeline, std::vector<Error>> OpenPipeline(const PipelineOptions& options,
                                                              LogStyle style,
                                                              const Context& context);

}  // namespace oresmith::cli
