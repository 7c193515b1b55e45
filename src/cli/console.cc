#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace oresmith::cli {
namespace {

winsize SizeOf(std::FILE* file) {
  winsize size{};
  if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0) size = winsize{};
  return size;
}

}  // namespace

void Console::Write(std::string_view text) {
  // What could not be written is told by Flush, once.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), file_));
}

Status Console::Flush() {
  errno = 0;
  if (std::fflush(file_) != 0 || std::ferror(file_) != 0) {
    return Fail(ErrorKind::kUnavailable, "write the output: {}",
                errno == 0 ? "an earlier write failed" : std::strerror(errno));
  }
  return {};
}

int Console::columns() const { return options_.is_terminal ? SizeOf(file_).ws_col : 0; }

int Console::lines() const { return options_.is_terminal ? SizeOf(file_).ws_row : 0; }

}  // namespace oresmith::cli
