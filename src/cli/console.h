#pragma once

// Where a command writes: the streams of the process, or those of a test.

#include <cstdio>
#include <string_view>

#include "base/result.h"

namespace oresmith::cli {

struct ConsoleOptions {
  bool is_terminal = false;
  bool color = false;
};

/// One output stream. Writes go out in the order of the calls; safe to use from many threads, each
/// call's text stays together.
class Console {
 public:
  /// `file` must outlive the Console and stays open.
  Console(std::FILE* file, const ConsoleOptions& options) : file_(file), options_(options) {}

  void Write(std::string_view text);
  /// Errors: kUnavailable when this or an earlier write failed (a full disk, a closed pipe).
  Status Flush();

  bool is_terminal() const { return options_.is_terminal; }
  bool color() const { return options_.color; }
  /// Columns of the terminal now; 0 when it is not one.
  int columns() const;
  /// Lines of the terminal now; 0 when it is not one.
  int lines() const;

 private:
  std::FILE* file_;
  ConsoleOptions options_;
};

}  // namespace oresmith::cli
