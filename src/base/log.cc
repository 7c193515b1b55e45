#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

namespace oresmith {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

Logger Logger::ToStderr(LogLevel level, const std::string& file) {
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  sinks[0]->set_level(ToSpdlog(level));
  LogLevel lowest = level;
  if (!file.empty()) {
    lowest = std::min(level, LogLevel::kInfo);
    sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    sinks[1]->set_level(ToSpdlog(lowest));
  }
  auto sink = std::make_shared<spdlog::logger>("oresmith", sinks.begin(), sinks.end());
  sink->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  sink->set_level(ToSpdlog(lowest));
  sink->flush_on(spdlog::level::info);
  return Logger(std::move(sink));
}

Logger Logger::None() {
  return Logger(
      std::make_shared<spdlog::logger>("none", std::make_shared<spdlog::sinks::null_sink_mt>()));
}

void Logger::Write(LogLevel level, std::string_view line) const {
  sink_->log(ToSpdlog(level), line);
}

}  // namespace oresmith
