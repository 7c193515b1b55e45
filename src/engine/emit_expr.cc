#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "engine/emit_internal.h"
#include "engine/spark_text_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::BoundExpr;
using types::Type;
using types::TypeId;

constexpr int kDepthMax = 500;

bool HasPlainYear(int64_t days) { return days >= -719162 && days <= 2932896; }  // 0001 to 9999

std::string DateText(int64_t days) {
  const CivilDate date = ToCivil(days);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string DateSql(int64_t days) {
  if (!HasPlainYear(days)) return fmt::format("CAST(DATE '1970-01-01' + {} AS DATE)", days);
  return "DATE '" + DateText(days) + "'";
}

std::string TimestampSql(int64_t micros, bool zoned) {
  constexpr int64_t kDay = 86'400'000'000;
  const int64_t days = (micros >= 0 ? micros : micros - kDay + 1) / kDay;
  if (!HasPlainYear(days)) {
    return zoned ? fmt::format("make_timestamptz({})", micros)
                 : fmt::format("make_timestamp({})", micros);
  }
  const int64_t of_day = micros - days * kDay;
  const int64_t second = of_day / 1'000'000;
  return fmt::format("{} '{} {:02}:{:02}:{:02}.{:06}{}'", zoned ? "TIMESTAMPTZ" : "TIMESTAMP",
                     DateText(days), second / 3600, second / 60 % 60, second % 60,
                     of_day % 1'000'000, zoned ? "+00" : "");
}

std::string DoubleSql(double value) {
  if (std::isnan(value)) return "CAST('nan' AS DOUBLE)";
  if (std::isinf(value)) return fmt::format("CAST('{}inf' AS DOUBLE)", value < 0 ? "-" : "");
  std::string text = fmt::format("{}", value);
  if (text.find('e') == std::string::npos) text += "e0";
  return text.front() == '-' ? "(" + text + ")" : text;
}

std::string BinarySql(std::string_view bytes) {
  std::string text = "'";
  for (const char c : bytes) text += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return text + "'::BLOB";
}

// DuckDB's parser ends at a NUL character.
std::string StringSql(std::string_view value) {
  std::string text;
  while (true) {
    const size_t nul = value.find('\0');
    text += QuoteText(value.substr(0, nul));
    if (nul == std::string_view::npos) break;
    text += " || chr(0) || ";
    value.remove_prefix(nul + 1);
  }
  return text.find(" || chr(0) || ") == std::string::npos ? text : "(" + text + ")";
}

std::string IntegerSql(const Type& type, int64_t value) {
  if (type.Is(TypeId::kInt) && value >= 0) return std::to_string(value);
  const std::string quoted =
      value >= 0 ? std::to_string(value) : fmt::format("'{}'", value);  // -2147483648 is no INTEGER
  return fmt::format("CAST({} AS {})", quoted, TypeSql(type));
}

std::string NullSql(const Type& type) { return fmt::format("CAST(NULL AS {})", TypeSql(type)); }

}  // namespace

Result<std::string> Emitter::Expr(const BoundExpr& expr) {
  if (++depth_ > kDepthMax) {
    return Fail(ErrorKind::kUnsupported, "an expression of more than {} levels", kDepthMax);
  }
  auto text = std::visit([&](const auto& node) { return Node(expr, node); }, expr.node);
  --depth_;
  return text;
}

Result<std::vector<std::string>> Emitter::Exprs(const std::vector<sql::BoundPtr>& exprs) {
  std::vector<std::string> texts;
  for (const sql::BoundPtr& expr : exprs) {
    TRY(texts.emplace_back(), Expr(*expr));
  }
  return texts;
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundLiteral& node) {
  const Type& type = expr.type;
  if (std::holds_alternative<std::monostate>(node.value)) {
    TRY_DO(CheckType(type));
    return NullSql(type);
  }
  if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "TRUE" : "FALSE";
  if (const auto* number = std::get_if<double>(&node.value)) {
    const std::string text = DoubleSql(*number);
    return type.Is(TypeId::kFloat) ? fmt::format("CAST({} AS FLOAT)", text) : text;
  }
  if (const auto* text = std::get_if<std::string>(&node.value)) {
    if (type.Is(TypeId::kBinary)) return BinarySql(*text);
    if (type.Is(TypeId::kString)) return StringSql(*text);
    return fmt::format("CAST('{}' AS {})", *text, TypeSql(type));
  }
  const int64_t value = std::get<int64_t>(node.value);
  switch (type.id()) {
    case TypeId::kDate:
      return DateSql(value);
    case TypeId::kTimestamp:
      return TimestampSql(value, true);
    case TypeId::kTimestampNtz:
      return TimestampSql(value, false);
    case TypeId::kIntervalYearMonth:
      return fmt::format("to_months(CAST({} AS INTEGER))", value);
    case TypeId::kIntervalDayTime:
      return fmt::format("to_microseconds({})", value);
    default:
      return IntegerSql(type, value);
  }
}

Result<std::string> Emitter::Node(const BoundExpr&, const sql::BoundColumn& node) {
  const auto found = names_.find(node.id);
  if (found == names_.end()) {
    return Fail(ErrorKind::kCorrupt, "emit: column {} is not defined", static_cast<int>(node.id));
  }
  return found->second;
}

Result<std::string> Emitter::Node(const BoundExpr&, const sql::BoundLambdaVariable& node) {
  const auto found = lambda_variables_.find(node.id);
  if (found != lambda_variables_.end()) return found->second;
  return QuoteName(fmt::format("{}#l{}", node.name, node.id));
}

Result<std::string> Emitter::Node(const BoundExpr&, const sql::BoundLambda&) {
  return Fail(ErrorKind::kUnsupported, "a lambda outside of a call");
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundCall& node) {
  return Call(expr, node);
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundCast& node) {
  const Type& from = node.operand->type;
  TRY_DO(CheckType(expr.type));
  const bool is_null = std::holds_alternative<sql::BoundLiteral>(node.operand->node);
  if (from.Is(TypeId::kVoid) && is_null) return NullSql(expr.type);
  TRY(const std::string text, Expr(*node.operand));
  return Cast(text, from, expr.type, node.mode);
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundCase& node) {
  // Not each branch is computed for each row.
  if (hoist_ != nullptr) ++hoist_->depth;
  std::string text = "CASE";
  for (const auto& [condition, value] : node.branches) {
    TRY(const std::string when, Expr(*condition));
    TRY(const std::string then, Expr(*value));
    text += " WHEN " + when + " THEN " + then;
  }
  if (node.otherwise) {
    TRY(const std::string otherwise, Expr(*node.otherwise));
    text += " ELSE " + otherwise;
  } else {
    text += " ELSE " + NullSql(expr.type);
  }
  if (hoist_ != nullptr) --hoist_->depth;
  return text + " END";
}

Result<std::string> Emitter::Node(const BoundExpr&, const sql::BoundField& node) {
  TRY(const std::string base, Expr(*node.base));
  TRY_DO(CheckType(node.base->type));
  const std::vector<std::string> names = FieldNames(node.base->type);
  return fmt::format("({}).{}", base, QuoteName(names[static_cast<size_t>(node.index)]));
}

Result<std::string> Emitter::Node(const BoundExpr&, const sql::BoundSubquery& node) {
  std::string operand;
  if (node.operand) {
    TRY(operand, Expr(*node.operand));
  }
  TRY(const std::string query, Query(*node.plan));
  const char* const negation = node.negated ? "NOT " : "";
  switch (node.kind) {
    case sql::SubqueryKind::kScalar:
      return "(" + query + ")";
    case sql::SubqueryKind::kExists:
      return fmt::format("({}EXISTS ({}))", negation, query);
    case sql::SubqueryKind::kIn:
      return fmt::format("({} {}IN ({}))", operand, negation, query);
  }
  return Fail(ErrorKind::kUnsupported, "a subquery of an unknown kind");
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundAggregate& node) {
  return AggregateCall(expr, node, "");
}

Result<std::string> Emitter::Node(const BoundExpr& expr, const sql::BoundWindow& node) {
  TRY(const std::string over, WindowSpec(node));
  return WindowCall(expr, node, over);
}

}  // namespace oresmith::engine
