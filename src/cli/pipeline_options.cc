#include "cli/pipeline_options.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace oresmith::cli {

void PipelineOptions::RegisterDirectory(CLI::App& command) {
  command.add_option("DIR", directory, "The pipeline's folder; without it, the current one");
}

void PipelineOptions::RegisterOthers(CLI::App& command) {
  // One value per --set, so that the folder may stand behind it.
  command
      .add_option(
          "--set", settings,
          "key=value: a configuration value for ${key}; wins over the file's. May be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command.add_flag("-v,--verbose", verbose, "Show the log of all events on standard error");
  command.add_option("--log-file", log_file, "Append the log to this file as well")
      ->type_name("FILE");
}

std::vector<Error> PipelineOptions::SeenFromHere(std::vector<Error> errors) const {
  namespace fs = std::filesystem;
  if (directory == ".") return errors;
  for (Error& error : errors) {
    if (!error.place || error.place->file.empty()) continue;
    const fs::path file(error.place->file);
    const fs::path from_here = fs::path(directory) / file;
    std::error_code ignored;
    if (file.is_relative() && fs::exists(from_here, ignored))
      error.place->file = from_here.string();
  }
  return errors;
}

Result<pipeline::LoadOptions> PipelineOptions::ToLoadOptions(const Context& context) const {
  pipeline::LoadOptions load;
  load.directory = directory;
  load.env = context.env;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "--set '{}': there is no key=value", setting)
                      .WithFix("write --set retail.input=/data/orders, in quotes if the value has "
                               "spaces"));
    }
    const std::string key = setting.substr(0, equals);
    if (!load.set.emplace(key, setting.substr(equals + 1)).second) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "--set {}: the key is set twice", key)
                      .WithFix("leave out one of the two"));
    }
  }
  return load;
}

Result<Logger> PipelineOptions::MakeLogger(LogStyle style) const {
  if (!log_file.empty()) {
    // The logging library has no other way than an exception to say that it cannot open a file.
    std::FILE* const file = std::fopen(log_file.c_str(), "a");
    if (file == nullptr) {
      return Fail(
          MakeError(ErrorKind::kInvalidInput, "--log-file {}: {}", log_file, std::strerror(errno))
              .WithFix("name a file in a folder that exists and can be written"));
    }
    std::fclose(file);
  }
  const LogLevel quiet = style == LogStyle::kQuiet ? LogLevel::kOff : LogLevel::kWarning;
  return Logger::ToStderr(verbose ? LogLevel::kInfo : quiet, log_file);
}

tl::expected<OpenedPipeline, std::vector<Error>> OpenPipeline(const PipelineOptions& options,
                                                              LogStyle style,
                                                              const Context& context) {
  auto load = options.ToLoadOptions(context);
  if (!load) return tl::unexpected(std::vector<Error>{std::move(load).error()});
  auto log = options.MakeLogger(style);
  if (!log) return tl::unexpected(std::vector<Error>{std::move(log).error()});

  OpenedPipeline opened;
  opened.log = std::make_unique<Logger>(std::move(*log));
  opened.environment = std::make_unique<pipeline::Environment>(
      pipeline::Environment{context.clock, context.random, *opened.log});
  auto pipeline = pipeline::Pipeline::Load(*load, *opened.environment);
  if (!pipeline) return tl::unexpected(options.SeenFromHere(std::move(pipeline).error()));
  opened.pipeline = std::move(*pipeline);
  return opened;
}

}  // namespace oresmith::cli
