// `*`, `t.*`, `struct.*`, EXCEPT; generators in the select list.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

bool QualifiedBy(const ScopeColumn& column, const QualifiedName& qualifier) {
  if (qualifier.size() > column.qualifier.size()) return false;
  const size_t start = column.qualifier.size() - qualifier.size();
  for (size_t i = 0; i < qualifier.size(); ++i) {
    if (!SameName(column.qualifier[start + i], qualifier[i].text)) return false;
  }
  return true;
}

bool IsNamedBy(const ScopeColumn& column, const QualifiedName& name) {
  if (!SameName(column.column.name, name.back().text)) return false;
  const QualifiedName qualifier(name.begin(), name.end() - 1);
  return qualifier.empty() || QualifiedBy(column, qualifier);
}

}  // namespace

const FunctionCall* GeneratorCall(const Expr& expr) {
  const auto* call = std::get_if<FunctionCall>(&expr.node);
  if (call == nullptr || call->name.size() != 1) return nullptr;
  const FunctionEntry* entry = FindFunction(call->name[0].text);
  return entry != nullptr && entry->kind == FunctionKind::kGenerator ? call : nullptr;
}

Result<std::vector<const ScopeColumn*>> Binder::StarColumns(const Scope& scope, const Star& star) {
  std::vector<const ScopeColumn*> columns;
  for (const ScopeColumn& column : scope.columns) {
    const bool qualified = !star.qualifier.empty();
    if (column.column.hidden || (!column.in_star && !(qualified && column.qualified_only)))
      continue;
    if (!qualified || QualifiedBy(column, star.qualifier)) columns.push_back(&column);
  }
  if (columns.empty()) return columns;
  for (const QualifiedName& except : star.except) {
    const size_t before = columns.size();
    // A side of a USING column is left out of `*` already, and may be named here.
    const bool merged = std::any_of(
        scope.columns.begin(), scope.columns.end(),
        [&](const ScopeColumn& column) { return !column.in_star && IsNamedBy(column, except); });
    std::erase_if(columns, [&](const ScopeColumn* column) { return IsNamedBy(*column, except); });
    if (columns.size() != before || merged) continue;
    const std::string nearest = NearestName(except.back().text, VisibleNames(scope));
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "EXCEPT {}: no such column in *", JoinName(except))
            .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}?", nearest))
            .At(source_->Place(except.back().span)));
  }
  return columns;
}

Status Binder::ExpandStar(SelectState& state, const Star& star, Span span) {
  TRY(const std::vector<const ScopeColumn*> columns, StarColumns(state.from.scope, star));
  if (columns.empty() && !star.qualifier.empty()) return ExpandStructStar(state, star, span);
  if (columns.empty() && star.except.empty()) {
    return Invalid(span, "*: there are no columns; the query has no FROM");
  }
  for (const ScopeColumn* column : columns) {
    const Identifier name{.text = column->column.name, .quoted = false, .span = span};
    state.items.push_back({name, ColumnOf(column->column, span)});
  }
  return {};
}

Result<std::vector<const ScopeColumn*>> Binder::StarArguments(const Star& star, Span span,
                                                              const ExprScope& scope) {
  std::vector<const ScopeColumn*> columns;
  if (scope.columns != nullptr) {
    TRY(columns, StarColumns(*scope.columns, star));
  }
  if (columns.empty() && star.except.empty()) {
    return Invalid(span, "*: there are no columns that it could stand for");
  }
  return columns;
}

// s.*: the fields of a struct column.
Status Binder::ExpandStructStar(SelectState& state, const Star& star, Span span) {
  ExprScope scope = ScopeFor(state, "the select list");
  const NameRef name{star.qualifier};
  auto probe = BindName(name, span, scope);
  if (!probe || !(*probe)->type.Is(TypeId::kStruct)) {
    std::vector<std::string> names;
    for (const ScopeColumn& column : state.from.scope.columns) {
      if (!column.qualifier.empty()) names.push_back(column.qualifier.back());
    }
    const std::string nearest = NearestName(star.qualifier.back().text, names);
    return Fail(MakeError(ErrorKind::kInvalidInput, "{}.*: no table, alias or struct of this name",
                          JoinName(star.qualifier))
                    .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}.*?", nearest))
                    .At(source_->Place(span)));
  }
  const Type type = (*probe)->type;
  for (const QualifiedName& except : star.except) {
    if (except.size() == 1) continue;
    return Unsupported(except.back().span, "EXCEPT {}: a field inside of a field of a struct",
                       JoinName(except));
  }
  for (const types::Field& field : type.fields()) {
    const bool left_out = std::any_of(
        star.except.begin(), star.except.end(),
        [&](const QualifiedName& except) { return SameName(except.back().text, field.name); });
    if (left_out) continue;
    const Identifier part{.text = field.name, .quoted = true, .span = span};
    TRY(BoundPtr base, BindName(name, span, scope));
    TRY(BoundPtr value, AccessField(std::move(base), part));
    state.items.push_back({part, std::move(value)});
  }
  return {};
}

Status Binder::BindGeneratorItem(SelectState& state, const SelectItem& item,
                                 const FunctionCall& call) {
  if (state.generator) {
    return Unsupported(item.expr->span,
                       "{}: only one generator can stand in a select list; use LATERAL VIEW",
                       call.name[0].text);
  }
  ExprScope scope = ScopeFor(state, "a generator's argument");
  scope.aggregates = &state.aggregates;
  scope.aliases = &state.aliases;
  const FunctionEntry& entry = *FindFunction(call.name[0].text);
  TRY(Generate generate, MakeGenerate(entry, call.args, item.expr->span, item.aliases, scope));
  for (const Attribute& column : generate.columns) {
    const Identifier name{.text = column.name, .quoted = false, .span = item.expr->span};
    state.items.push_back({name, ColumnOf(column, item.expr->span)});
  }
  state.generator = std::move(generate);
  return {};
}

}  // namespace oresmith::sql
