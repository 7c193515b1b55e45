#pragma once

// Syntax trees as short text, so that a test reads as "this SQL, that tree".

#include <string>

#include "sql/ast.h"

namespace oresmith::sql {

/// (+ a (* b 2)): the operator or function first.
std::string TreeText(const Expr& expr);
std::string TreeText(const Query& query);
std::string TreeText(const Relation& relation);
std::string TreeText(const WindowSpec& window);
std::string TreeText(const ColumnChoice& choice);
std::string TreeText(const AutoCdc& cdc);
std::string TreeText(const CreateFlow& flow);

}  // namespace oresmith::sql
