#include "cli/app.h"

#include <algorithm>
#include <exception>
#include <new>

#ifndef ORESMITH_VERSION
#error "src/cli/CMakeLists.txt defines ORESMITH_VERSION"
#endif

namespace oresmith::cli {
namespace {

constexpr const char* kDescription =
    "Oresmith runs declarative pipeline SQL on one machine: files in, Delta tables out.";
constexpr const char* kExample =
    "Example:\n"
    "  oresmith init shop\n"
    "  oresmith run shop\n"
    "  oresmith query shop \"SELECT * FROM gold.revenue_per_day\"\n"
    "\n"
    "oresmith COMMAND --help tells more about a command.";

std::vector<std::unique_ptr<Command>> MakeCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(MakeInitCommand());
  commands.push_back(MakeRunCommand());
  commands.push_back(MakeDryRunCommand());
  commands.push_back(MakeQueryCommand());
  commands.push_back(MakeTablesCommand());
  commands.push_back(MakeProduceCommand());
  commands.push_back(MakePeekCommand());
  commands.push_back(MakeFunctionsCommand());
  return commands;
}

/// Where the command line is explained: `oresmith run --help`.
std::string HelpCall(const CLI::App& app, const Context& context) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return context.program + " --help";
  return fmt::format("{} {} --help", context.program, chosen[0]->get_name());
}

ExitCode RefuseUsage(const CLI::App& app, const CLI::ParseError& wrong, Context& context) {
  std::string message = wrong.what();
  while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
  return Report(MakeError(ErrorKind::kInvalidInput, "command line: {}", message)
                    .WithFix(fmt::format("see what is possible: {}", HelpCall(app, context))),
                context);
}

/// Runs after parsing went well.
ExitCode RunChosen(const CLI::App& app, const std::vector<std::unique_ptr<Command>>& commands,
                   Context& context) {
  for (const auto& command : commands) {
    if (command->WasChosen()) return command->Run(context);
  }
  context.err.Write(app.help());
  return ExitCode::kRefused;
}

}  // namespace

ExitCode RunApp(std::vector<std::string> arguments, Context& context) {
  CLI::App app(kDescription, "oresmith");
  app.footer(kExample);
  app.set_version_flag("--version", std::string("oresmith ") + ORESMITH_VERSION,
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  const std::vector<std::unique_ptr<Command>> commands = MakeCommands();
  for (const auto& command : commands) command->Register(app);

  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    context.out.Write(chosen.empty() ? app.help() : chosen[0]->help(app.get_name()));
    return ExitCode::kOk;
  } catch (const CLI::CallForVersion& version) {
    context.out.Write(std::string(version.what()) + "\n");
    return ExitCode::kOk;
  } catch (const CLI::ParseError& wrong) {
    return RefuseUsage(app, wrong, context);
  }
  return RunChosen(app, commands, context);
}

}  // namespace oresmith::cli
