#pragma once

// What the commands of the program share.

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "cli/console.h"

namespace oresmith::cli {

/// What the shell gets; docs/reference/cli.md lists them.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,        // something that was begun failed: a flow, a query, the disk
  kRefused = 2,       // the command line, the SQL or the folder is wrong; nothing was done
  kInterrupted = 130  // stopped at once, by a second Ctrl-C
};

/// What a command gets from the process.
struct Context {
  std::string program;  // as it was called, for the commands that messages propose
  std::map<std::string, std::string> env;
  Console& out;
  Console& err;
  const Clock& clock;
  Random& random;
};

class Command {
 public:
  virtual ~Command() = default;
  /// Adds the command with its options and its example to the program's.
  virtual void Register(CLI::App& app) = 0;
  /// The command line chose this command.
  virtual bool WasChosen() const = 0;
  virtual ExitCode Run(Context& context) = 0;
};

// One file each: <name>_command.cc.
std::unique_ptr<Command> MakeInitCommand();
std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeDryRunCommand();
std::unique_ptr<Command> MakeQueryCommand();
std::unique_ptr<Command> MakeTablesCommand();
std::unique_ptr<Command> MakeProduceCommand();
std::unique_ptr<Command> MakePeekCommand();
std::unique_ptr<Command> MakeFunctionsCommand();

/// Writes the errors to standard error and gives the exit code that they mean.
ExitCode Report(const std::vector<Error>& errors, Context& context);
ExitCode Report(const Error& error, Context& context);

}  // namespace oresmith::cli
