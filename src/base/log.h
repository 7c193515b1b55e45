#pragma once

// One line per event, `key=value`, for the operator. Never in a per-row loop; never secrets.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace oresmith {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// Safe to use from many threads.
class Logger {
 public:
  /// Lines of at least `level` go to standard error; when `file` is not empty, those of at least
  /// kInfo are appended to that file as well. REQUIRES: the file can be opened for appending.
  static Logger ToStderr(LogLevel level, const std::string& file);
  /// Swallows everything.
  static Logger None();

  template <class... Args>
  void Info(fmt::format_string<Args...> format, Args&&... args) const {
    Write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void Warn(fmt::format_string<Args...> format, Args&&... args) const {
    Write(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void Error(fmt::format_string<Args...> format, Args&&... args) const {
    Write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
  }
  void Write(LogLevel level, std::string_view line) const;

 private:
  explicit Logger(std::shared_ptr<spdlog::logger> sink) : sink_(std::move(sink)) {}
  std::shared_ptr<spdlog::logger> sink_;
};

}  // namespace oresmith
