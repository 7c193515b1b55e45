#include "unit/sql/parse_support.h"

#include <fmt/format.h>

#include "unit/sql/tree_text.h"

namespace oresmith::sql {

std::string ErrorText(const Error& error) {
  std::string text = error.place ? fmt::format("{}:{} ", error.place->line, error.place->column)
                                 : std::string("nowhere ");
  text += error.message;
  if (!error.fix.empty()) text += " [" + error.fix + "]";
  return text;
}

std::string ExprTree(std::string_view sql) {
  const SourceText source("test.sql", std::string(sql));
  const Result<ExprPtr> expr = ParseExpression(source);
  return expr ? TreeText(**expr) : ErrorText(expr.error());
}

std::string QueryTree(std::string_view sql) {
  const auto parsed = ParseQuery("query", std::string(sql));
  if (!parsed) return ErrorText(parsed.error().front());
  return TreeText(*std::get<QueryStatement>(parsed->statements.front().node).query);
}

std::string ErrorsOf(std::string_view sql) {
  const auto parsed = ParseFile("test.sql", std::string(sql));
  std::string text;
  if (parsed) return text;
  for (const Error& error : parsed.error()) text += ErrorText(error) + "\n";
  return text;
}

}  // namespace oresmith::sql
