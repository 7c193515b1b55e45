#pragma once

// The program: finds the command on the command line and runs it.

#include <string>
#include <vector>

#include "cli/command.h"

namespace oresmith::cli {

/// `arguments` without the program's name.
ExitCode RunApp(std::vector<std::string> arguments, Context& context);

}  // namespace oresmith::cli
