// The program's entry. The only place that reads the process's environment and its standard
// streams.

#include <unistd.h>

#include <cstdio>
#include <exception>

#include "cli/app.h"
#include "cli/text_table.h"

extern "C" char** environ;  // NOLINT: POSIX declares it so

namespace {

std::map<std::string, std::string> ReadEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

oresmith::cli::ConsoleOptions OptionsFor(std::FILE* file,
                                         const std::map<std::string, std::string>& env) {
  const bool terminal = isatty(fileno(file)) == 1;
  const auto no_color = env.find("NO_COLOR");  // no-color.org: set and not empty
  const auto term = env.find("TERM");
  const bool dumb = term == env.end() || term->second == "dumb";
  return {.is_terminal = terminal && !dumb,
          .color = terminal && !dumb && (no_color == env.end() || no_color->second.empty())};
}

int Run(int count, char** arguments) {
  using namespace oresmith;  // NOLINT: the body of the program
  const std::map<std::string, std::string> env = ReadEnvironment();
  cli::Console out(stdout, OptionsFor(stdout, env));
  cli::Console err(stderr, OptionsFor(stderr, env));
  const SystemClock clock;
  Random random;
  cli::Context context{.program = cli::ShellWord(arguments[0]),
                       .env = env,
                       .out = out,
                       .err = err,
                       .clock = clock,
                       .random = random};
  cli::ExitCode code = cli::RunApp({arguments + 1, arguments + count}, context);
  if (const Status flushed = out.Flush(); !flushed && code == cli::ExitCode::kOk) {
    code = cli::Report(flushed.error(), context);
  }
  return static_cast<int>(code);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return Run(count, arguments);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "error: the program failed: %s\n", exception.what());
    return static_cast<int>(oresmith::cli::ExitCode::kFailed);
  }
}
