// What a name means: columns, fields, aliases of the select list, lambda parameters.

#include <algorithm>
#include <iterator>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

constexpr size_t kNamesShown = 12;

// Damerau-Levenshtein without more than two rows of state.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, replaced});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// Whether the qualifier ends with `parts[0..count)`: t, schema.t, catalog.schema.t.
bool QualifierMatches(const std::vector<std::string>& qualifier, const QualifiedName& parts,
                      size_t count) {
  if (count > qualifier.size()) return false;
  const size_t start = qualifier.size() - count;
  for (size_t i = 0; i < count; ++i) {
    if (!SameName(qualifier[start + i], parts[i].text)) return false;
  }
  return true;
}

std::vector<const ScopeColumn*> Matches(const Scope& scope, const QualifiedName& parts,
                                        size_t qualifier_parts) {
  std::vector<const ScopeColumn*> found;
  for (const ScopeColumn& column : scope.columns) {
    if (qualifier_parts == 0 && column.qualified_only) continue;
    if (!SameName(column.column.name, parts[qualifier_parts].text)) continue;
    if (QualifierMatches(column.qualifier, parts, qualifier_parts)) found.push_back(&column);
  }
  return found;
}

std::string Described(const ScopeColumn& column) {
  std::string text;
  for (const std::string& part : column.qualifier) text += part + ".";
  return text + column.column.name;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

bool SameName(std::string_view left, std::string_view right) {
  return left.size() == right.size() && LowerCase(left) == LowerCase(right);
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = LowerCase(name);
  size_t best = std::max<size_t>(2, wanted.size() / 3) + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(wanted, LowerCase(candidate));
    // A name of which nothing is left is no suggestion.
    if (distance >= best || distance >= std::max(wanted.size(), candidate.size())) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string JoinName(const QualifiedName& name) {
  std::string text;
  for (const Identifier& part : name) text += (text.empty() ? "" : ".") + part.text;
  return text;
}

std::vector<std::string> VisibleNames(const Scope& columns) {
  std::vector<std::string> names;
  for (const ScopeColumn& column : columns.columns) {
    if (!column.qualified_only) names.push_back(column.column.name);
  }
  return names;
}

Result<BoundPtr> Binder::BindName(const NameRef& name, Span span, ExprScope& scope) {
  TRY(BoundPtr parameter, ResolveLambda(name, span, scope));
  if (parameter) return parameter;
  if (scope.preferred != nullptr) {
    TRY(BoundPtr found, ResolveIn(*scope.preferred, name, span));
    if (found) return found;
  }
  if (scope.columns != nullptr) {
    TRY(BoundPtr found, ResolveIn(*scope.columns, name, span));
    if (found) return found;
  }
  TRY(BoundPtr alias, ResolveAlias(name, span, scope));
  if (alias) return alias;
  for (const ExprScope* outer = scope.outer; outer != nullptr; outer = outer->outer) {
    for (const Scope* columns : {outer->preferred, outer->columns}) {
      if (columns == nullptr) continue;
      TRY(BoundPtr found, ResolveIn(*columns, name, span));
      if (found) return found;
    }
  }
  // CURRENT_DATE and CURRENT_TIMESTAMP are calls that may leave out their parentheses.
  if (name.parts.size() == 1 && !name.parts[0].quoted) {
    const std::string lower = LowerCase(name.parts[0].text);
    if (lower == "current_date" || lower == "current_timestamp") return MakeCall(lower, {}, span);
  }
  return Fail(UnknownColumn(name, span, scope));
}

Result<BoundPtr> Binder::ResolveIn(const Scope& columns, const NameRef& name, Span span) {
  // The longest qualifier wins: in `a.b`, a table a comes before a struct column a.
  for (size_t qualifier = name.parts.size(); qualifier-- > 0;) {
    const auto found = Matches(columns, name.parts, qualifier);
    if (found.empty()) continue;
    if (found.size() > 1) {
      std::string candidates;
      for (const ScopeColumn* column : found) {
        candidates += (candidates.empty() ? "" : ", ") + Described(*column);
      }
      return Fail(MakeError(ErrorKind::kInvalidInput, "column {}: ambiguous, it could be {}",
                            JoinName(name.parts), candidates)
                      .WithFix("put the table's name or alias before it: t.column")
                      .At(source_->Place(span)));
    }
    const Span place{span.begin, std::max(span.begin, name.parts[qualifier].span.end)};
    BoundPtr column = ColumnOf(found[0]->column, place);
    return AccessFields(std::move(column), std::span(name.parts).subspan(qualifier + 1));
  }
  return nullptr;
}

Result<BoundPtr> Binder::ResolveLambda(const NameRef& name, Span span, const ExprScope& scope) {
  // Inner parameters hide outer ones.
  for (auto parameter = scope.lambdas.rbegin(); parameter != scope.lambdas.rend(); ++parameter) {
    if (!SameName(parameter->name, name.parts[0].text)) continue;
    BoundPtr variable = MakeExpr(parameter->type, parameter->nullable, span,
                                 BoundLambdaVariable{parameter->id, parameter->name});
    return AccessFields(std::move(variable), std::span(name.parts).subspan(1));
  }
  return nullptr;
}

Result<BoundPtr> Binder::ResolveAlias(const NameRef& name, Span span, ExprScope& scope) {
  if (scope.aliases == nullptr) return nullptr;
  LateralAlias* found = nullptr;
  for (LateralAlias& alias : *scope.aliases) {
    if (alias.expr == nullptr || alias.in_use || !SameName(alias.name, name.parts[0].text)) {
      continue;
    }
    if (found != nullptr) {
      return Invalid(span, "column {}: ambiguous, two items of the select list have this alias",
                     name.parts[0].text);
    }
    found = &alias;
  }
  if (found == nullptr) return nullptr;
  found->in_use = true;
  auto bound = BindExpr(*found->expr, scope);
  found->in_use = false;
  if (!bound) return bound;
  if (!IsDeterministic(**bound)) {
    return Unsupported(span,
                       "alias {}: used again in the same select list, and its value differs each "
                       "time it is computed; compute it in a subquery",
                       name.parts[0].text);
  }
  return AccessFields(*std::move(bound), std::span(name.parts).subspan(1));
}

Result<BoundPtr> Binder::AccessFields(BoundPtr base, std::span<const Identifier> fields) {
  for (const Identifier& field : fields) {
    TRY(base, AccessField(std::move(base), field));
  }
  return base;
}

Result<BoundPtr> Binder::AccessField(BoundPtr base, const Identifier& field) {
  const Span span{base->span.begin, std::max(base->span.end, field.span.end)};
  const Type type = base->type;
  if (type.Is(TypeId::kMap)) {
    std::vector<BoundPtr> args;
    args.push_back(std::move(base));
    args.push_back(StringConstant(field.text, field.span));
    return MakeCall("[]", std::move(args), span);
  }
  const bool of_array = type.Is(TypeId::kArray) && type.element().Is(TypeId::kStruct);
  if (!type.Is(TypeId::kStruct) && !of_array) {
    return Invalid(field.span, "field {}: {} is {}, not a struct", field.text, TextOf(base->span),
                   type.ToSql());
  }
  const Type& record = of_array ? type.element() : type;
  const types::Field* found = record.FindField(field.text);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const types::Field& candidate : record.fields()) names.push_back(candidate.name);
    const std::string nearest = NearestName(field.text, names);
    return Fail(MakeError(ErrorKind::kInvalidInput, "field {}: no such field, the struct has {}",
                          field.text, fmt::join(names, ", "))
                    .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}?", nearest))
                    .At(source_->Place(field.span)));
  }
  const int index = static_cast<int>(found - record.fields().data());
  if (!of_array) {
    const bool nullable = base->nullable || found->nullable;
    return MakeExpr(found->type, nullable, span, BoundField{std::move(base), index, found->name});
  }
  // arr.field: the field of each element. A lambda says that without a new kind of node.
  const int parameter = next_lambda_++;
  BoundPtr element =
      MakeExpr(record, type.contains_null(), field.span, BoundLambdaVariable{parameter, "element"});
  const bool element_nullable = type.contains_null() || found->nullable;
  BoundPtr body = MakeExpr(found->type, element_nullable, field.span,
                           BoundField{std::move(element), index, found->name});
  std::vector<BoundPtr> args;
  args.push_back(std::move(base));
  args.push_back(MakeExpr(found->type, element_nullable, field.span,
                          BoundLambda{{parameter}, {record}, std::move(body)}));
  return MakeCall("transform", std::move(args), span);
}

Error Binder::UnknownColumn(const NameRef& name, Span span, const ExprScope& scope) {
  std::vector<std::string> names;
  for (const ExprScope* level = &scope; level != nullptr; level = level->outer) {
    for (const Scope* columns : {level->preferred, level->columns}) {
      if (columns == nullptr) continue;
      const auto visible = VisibleNames(*columns);
      names.insert(names.end(), visible.begin(), visible.end());
    }
  }
  for (const LambdaParameter& parameter : scope.lambdas) names.push_back(parameter.name);
  const std::string nearest = NearestName(name.parts.back().text, names);
  Error error = MakeError(ErrorKind::kInvalidInput, "column {}: no such column{}{}",
                          JoinName(name.parts), scope.clause.empty() ? "" : " in ", scope.clause);
  if (!nearest.empty()) error.fix = fmt::format("did you mean {}?", nearest);
  if (names.empty()) {
    error.note = "no columns can be named here";
  } else {
    const size_t shown = std::min(names.size(), kNamesShown);
    error.note =
        fmt::format("columns here: {}{}",
                    fmt::join(names.begin(),
                              std::next(names.begin(), static_cast<std::ptrdiff_t>(shown)), ", "),
                    shown < names.size() ? ", ..." : "");
  }
  return std::move(error).At(source_->Place(span));
}

}  // namespace oresmith::sql
