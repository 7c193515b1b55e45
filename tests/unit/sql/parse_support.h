#pragma once

// Parsing in one call, for tests: the tree as text, or the error as one line.

#include <string>
#include <string_view>

#include "sql/parser.h"

namespace oresmith::sql {

/// The tree, or "line:column message".
std::string ExprTree(std::string_view sql);
std::string QueryTree(std::string_view sql);
/// "line:column message [fix]" of every error, a line each; empty when the text parses.
std::string ErrorsOf(std::string_view sql);
std::string ErrorText(const Error& error);

}  // namespace oresmith::sql
