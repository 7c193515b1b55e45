#include "delta/predicate.h"

#include <fmt/format.h>

#include <utility>

namespace oresmith::delta {
namespace {

std::string_view Symbol(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "<>";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
  }
  return "?";
}

std::string ToText(const Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&literal.value)) return fmt::format("{}", *number);
  if (const auto* real = std::get_if<double>(&literal.value)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    return literal.type.Is(types::TypeId::kDecimal) ? *text : fmt::format("'{}'", *text);
  }
  return "NULL";
}

std::string ToText(const std::vector<Predicate>& operands, std::string_view word) {
  std::string text;
  for (const Predicate& operand : operands) {
    if (!text.empty()) text.append(word);
    text.append("(").append(ToText(operand)).append(")");
  }
  return text;
}

}  // namespace

Predicate Predicate::And(std::vector<Predicate> operands) {
  return {.kind = Kind::kAnd, .operands = std::move(operands)};
}

Predicate Predicate::Or(std::vector<Predicate> operands) {
  return {.kind = Kind::kOr, .operands = std::move(operands)};
}

Predicate Predicate::Not(Predicate operand) {
  Predicate predicate{.kind = Kind::kNot};
  predicate.operands.push_back(std::move(operand));
  return predicate;
}

Predicate Predicate::Compare(ColumnPath column, Comparison comparison, Literal literal) {
  return {.kind = Kind::kCompare,
          .comparison = comparison,
          .column = std::move(column),
          .literals = {std::move(literal)}};
}

Predicate Predicate::In(ColumnPath column, std::vector<Literal> literals) {
  return {.kind = Kind::kIn, .column = std::move(column), .literals = std::move(literals)};
}

Predicate Predicate::IsNull(ColumnPath column) {
  return {.kind = Kind::kIsNull, .column = std::move(column)};
}

Predicate Predicate::StartsWith(ColumnPath column, std::string prefix) {
  return {.kind = Kind::kStartsWith,
          .column = std::move(column),
          .literals = {{types::Type(types::TypeId::kString), std::move(prefix)}}};
}

std::string ToText(const Predicate& predicate) {
  const std::string column = fmt::format("{}", fmt::join(predicate.column, "."));
  switch (predicate.kind) {
    case Predicate::Kind::kAnything:
      return "anything";
    case Predicate::Kind::kAnd:
      return ToText(predicate.operands, " AND ");
    case Predicate::Kind::kOr:
      return ToText(predicate.operands, " OR ");
    case Predicate::Kind::kNot:
      return "NOT " + ToText(predicate.operands, "");
    case Predicate::Kind::kCompare:
      return fmt::format("{} {} {}", column, Symbol(predicate.comparison),
                         ToText(predicate.literals.front()));
    case Predicate::Kind::kIn: {
      std::vector<std::string> values;
      for (const Literal& literal : predicate.literals) values.push_back(ToText(literal));
      return fmt::format("{} IN ({})", column, fmt::join(values, ", "));
    }
    case Predicate::Kind::kIsNull:
      return column + " IS NULL";
    case Predicate::Kind::kStartsWith:
      return fmt::format("{} LIKE {}%", column, ToText(predicate.literals.front()));
  }
  return "anything";
}

}  // namespace oresmith::delta
