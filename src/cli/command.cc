#include "cli/command.h"

#include <algorithm>

#include "cli/render_error.h"

namespace oresmith::cli {
namespace {

ExitCode CodeOf(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidInput:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kUnsupported:
      return ExitCode::kRefused;
    case ErrorKind::kCancelled:
      return ExitCode::kInterrupted;
    case ErrorKind::kBadRecord:
    case ErrorKind::kConflict:
    case ErrorKind::kUnavailable:
    case ErrorKind::kCorrupt:
      return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

}  // namespace

ExitCode Report(const std::vector<Error>& errors, Context& context) {
  const RenderOptions options{.severity = Severity::kError, .color = context.err.color()};
  context.err.Write(RenderErrors(errors, options));
  // If one of them is not the user's to mend, the rest is not the reason to fail.
  ExitCode code = ExitCode::kRefused;
  for (const Error& error : errors) {
    if (CodeOf(error) != ExitCode::kRefused) code = CodeOf(error);
  }
  return code;
}

ExitCode Report(const Error& error, Context& context) {
  return Report(std::vector<Error>{error}, context);
}

}  // namespace oresmith::cli
