// What stands in FROM: tables, CTEs, views, subqueries, table functions.

#include <algorithm>
#include <charconv>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

std::vector<std::string> SplitDots(std::string_view name) {
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = name.find('.');
    parts.emplace_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    name.remove_prefix(dot + 1);
  }
}

Scope ScopeOf(const std::vector<Attribute>& columns, const std::vector<std::string>& qualifier) {
  Scope scope;
  for (const Attribute& column : columns) {
    scope.columns.push_back({.column = column, .qualifier = qualifier, .in_star = !column.hidden});
  }
  return scope;
}

}  // namespace

Result<BoundRelation> Binder::BindRelation(const Relation& relation, const ExprScope* outer,
                                           const CteEnv& env) {
  const DepthGuard guard(query_depth_);
  if (relation.options) {
    return Unsupported(relation.options->span, "WITH (options) after a table is not run yet");
  }
  BoundRelation bound;
  if (const auto* table = std::get_if<TableRef>(&relation.node)) {
    const bool may_be_cte = table->name.size() == 1;
    CteEnv node = may_be_cte ? env : nullptr;
    while (node && !SameName(node->table->name.text, table->name[0].text)) node = node->before;
    if (node) {
      TRY(bound, BindCte(node, relation, outer));
    } else {
      TRY(bound, BindTable(*table, relation));
    }
  } else if (const auto* function = std::get_if<TableFunctionRef>(&relation.node)) {
    TRY(bound, BindTableFunction(*function, relation, outer));
  } else if (const auto* subquery = std::get_if<SubqueryRef>(&relation.node)) {
    TRY(bound.op, BindQueryNode(*subquery->query, outer, env));
    bound.scope = ScopeOf(bound.op->output, {});
  } else if (const auto* values = std::get_if<ValuesRef>(&relation.node)) {
    TRY(bound.op, BindValues(*values, relation.span, outer));
    bound.scope = ScopeOf(bound.op->output, {});
  } else if (const auto* join = std::get_if<Join>(&relation.node)) {
    TRY(bound, BindJoin(*join, relation.span, outer, env));
  } else if (const auto* pivot = std::get_if<Pivot>(&relation.node)) {
    TRY(bound, BindPivot(*pivot, relation.span, outer, env));
  } else if (const auto* unpivot = std::get_if<Unpivot>(&relation.node)) {
    TRY(bound, BindUnpivot(*unpivot, relation.span, outer, env));
  } else {
    TRY(bound, BindLateralView(std::get<LateralView>(relation.node), relation.span, outer, env));
  }
  if (relation.watermark) TRY_DO(ApplyWatermark(*relation.watermark, outer, bound));
  TRY_DO(ApplyAlias(relation, bound));
  return bound;
}

Result<BoundRelation> Binder::BindTable(const TableRef& table, const Relation& relation) {
  std::vector<std::string> parts;
  for (const Identifier& part : table.name) parts.push_back(part.text);
  // LIVE.x is the old way to say: the dataset x of this pipeline.
  if (parts.size() > 1 && SameName(parts[0], "live")) parts.erase(parts.begin());
  if (table.version_as_of || table.timestamp_as_of) {
    if (table.stream) return Unsupported(relation.span, "STREAM of an older version");
    const auto sql = [&](const ExprPtr& expr) {
      if (expr == nullptr) return std::string();
      // t@20260131235959000 is a text that stands nowhere.
      const auto* text = std::get_if<StringLiteral>(&expr->node);
      const auto* number = std::get_if<NumberLiteral>(&expr->node);
      if (text != nullptr && text->value.find('\'') == std::string::npos) {
        return fmt::format("'{}'", text->value);
      }
      return number != nullptr ? number->digits : TextOf(expr->span);
    };
    auto info = catalog_.FindTableAt(parts, {.version_sql = sql(table.version_as_of),
                                             .timestamp_sql = sql(table.timestamp_as_of)});
    if (!info) return Placed(relation.span, std::move(info).error());
    return MakeScan(*info, false, parts, relation.span);
  }
  auto found = catalog_.FindTable(parts, table.stream);
  if (!found) return Placed(relation.span, std::move(found).error());
  BoundRelation bound;
  if (const auto* view = std::get_if<ViewInfo>(&*found)) {
    TRY(bound, BindView(*view, relation.span));
    for (ScopeColumn& column : bound.scope.columns) column.qualifier = parts;
    return bound;
  }
  const auto& info = std::get<RelationInfo>(*found);
  if (table.stream && !info.streamable) {
    return Invalid(relation.span, "table {}: it is not a stream; read it without STREAM",
                   info.name);
  }
  if (!table.stream && !info.batch) {
    return Invalid(relation.span, "table {}: it is a stream; read it with STREAM({})", info.name,
                   JoinName(table.name));
  }
  const std::vector<std::string> resolved = SplitDots(info.name);
  const bool full = SameName(resolved.back(), parts.back()) && resolved.size() >= parts.size();
  return MakeScan(info, table.stream, full ? resolved : parts, relation.span);
}

BoundRelation Binder::MakeScan(const RelationInfo& info, bool stream,
                               std::vector<std::string> qualifier, Span span) {
  Scan scan{.index = next_scan_++,
            .name = info.name,
            .source = info.source,
            .stream = stream,
            .columns = {}};
  std::vector<Attribute> output;
  const size_t visible = info.schema.size() - static_cast<size_t>(info.hidden_columns);
  for (size_t i = 0; i < info.schema.size(); ++i) {
    const types::Field& field = info.schema[i];
    output.push_back(NewColumn(field.name, field.type, field.nullable));
    output.back().hidden = i >= visible;
    scan.columns.push_back(static_cast<int>(i));
  }
  BoundRelation bound;
  bound.scope = ScopeOf(output, qualifier);
  bound.op = MakeOperator(std::move(output), span, std::move(scan));
  return bound;
}

Result<BoundRelation> Binder::BindCte(const CteEnv& node, const Relation& relation,
                                      const ExprScope* outer) {
  const CommonTable& table = *node->table;
  BoundRelation bound;
  TRY(bound.op, BindQueryNode(*table.query, outer, node->before));
  // Spark computes such a table once, and here each use would draw its own numbers.
  bool random = false;
  VisitDeep(*bound.op, [&](const BoundExpr& expr) {
    const auto* call = std::get_if<BoundCall>(&expr.node);
    random = random || (call != nullptr && !call->function->deterministic &&
                        !call->function->name.starts_with("current_"));
  });
  if (random && !random_ctes_.insert(&table).second) {
    return Unsupported(relation.span,
                       "WITH {}: used twice, and it has values that differ each time",
                       table.name.text);
  }
  bound.scope = ScopeOf(bound.op->output, {table.name.text});
  if (table.columns.empty()) return bound;
  Relation alias{
      .span = relation.span, .node = {}, .alias = table.name, .column_aliases = table.columns};
  TRY_DO(ApplyAlias(alias, bound));
  return bound;
}

Result<BoundRelation> Binder::BindView(const ViewInfo& view, Span span) {
  const SourceText* const outside = source_;
  source_ = view.source;
  auto op = BindQueryNode(*view.query, nullptr, nullptr);
  source_ = outside;
  if (!op) {
    // The place is in the view's own text; the message also says how it was reached.
    return Fail(std::move(op).error().Within(fmt::format("view {}", view.name)));
  }
  BoundRelation bound;
  bound.op = *std::move(op);
  bound.scope = ScopeOf(bound.op->output, {});
  if (view.column_names.empty()) return bound;
  Relation alias{.span = span,
                 .node = {},
                 .alias = {.text = view.name, .quoted = false, .span = span},
                 .column_aliases = view.column_names};
  TRY_DO(ApplyAlias(alias, bound));
  return bound;
}

Status Binder::ApplyAlias(const Relation& relation, BoundRelation& bound) {
  if (relation.alias.text.empty()) return {};
  Scope renamed;
  for (ScopeColumn& column : bound.scope.columns) {
    if (column.qualified_only) continue;
    column.qualifier = {relation.alias.text};
    renamed.columns.push_back(std::move(column));
  }
  bound.scope = std::move(renamed);
  if (relation.column_aliases.empty()) return {};
  const auto visible = std::count_if(bound.scope.columns.begin(), bound.scope.columns.end(),
                                     [](const ScopeColumn& column) { return column.in_star; });
  if (static_cast<size_t>(visible) != relation.column_aliases.size()) {
    return Invalid(relation.alias.span, "alias {}: {} column names for {} columns",
                   relation.alias.text, relation.column_aliases.size(), visible);
  }
  size_t next = 0;
  for (ScopeColumn& column : bound.scope.columns) {
    if (!column.in_star) continue;
    column.column.name = relation.column_aliases[next++].text;
  }
  return {};
}

Result<BoundRelation> Binder::BindTableFunction(const TableFunctionRef& function,
                                                const Relation& relation,
                                                const ExprScope* /*outer*/) {
  const std::string name = LowerCase(function.name.back().text);
  if (name == "range") return BindRange(function, relation);
  const FunctionEntry* entry = FindFunction(name);
  if (entry != nullptr && entry->kind == FunctionKind::kGenerator) {
    // A generator without a table runs over one row without columns.
    BoundRelation one_row;
    Values values;
    values.rows.emplace_back();
    one_row.op = MakeOperator({}, relation.span, std::move(values));
    return BindGeneratorArgs(std::move(one_row), *entry, function.args, relation.span, false,
                             relation.alias, {}, nullptr);
  }
  std::vector<FunctionArgument> arguments;
  for (const ExprPtr& arg : function.args) {
    const bool takes_sql = name == "table_changes" || name == "event_log";
    if (takes_sql && !FoldToText(*arg)) {
      arguments.push_back({.name = {}, .value = {}, .sql = TextOf(arg->span), .span = arg->span});
      continue;
    }
    TRY_DO(FoldArgument(*arg, arguments));
  }
  auto info = catalog_.FindTableFunction(name, arguments, function.stream);
  if (!info) return Placed(relation.span, std::move(info).error());
  return MakeScan(*info, function.stream, {name}, relation.span);
}

Status Binder::FoldArgument(const Expr& arg, std::vector<FunctionArgument>& arguments) {
  const Expr* value = &arg;
  std::string name;
  if (const auto* named = std::get_if<NamedArgument>(&arg.node)) {
    name = named->name.text;
    value = named->value.get();
  }
  // map('k', 'v', ...) of cloud_files: each pair is an argument by that name.
  const auto* call = std::get_if<FunctionCall>(&value->node);
  if (call != nullptr && call->name.size() == 1 && SameName(call->name[0].text, "map")) {
    if (call->args.size() % 2 != 0) return Invalid(value->span, "map: keys and values do not pair");
    for (size_t i = 0; i < call->args.size(); i += 2) {
      const auto key = FoldToText(*call->args[i]);
      const auto text = FoldToText(*call->args[i + 1]);
      if (!key || !text) {
        return Invalid(call->args[key ? i + 1 : i]->span, "map: an option must be a constant");
      }
      arguments.push_back({*key, *text, {}, call->args[i + 1]->span});
    }
    return {};
  }
  const auto text = FoldToText(*value);
  if (!text) {
    return Invalid(value->span, "argument {}: it must be a constant, such as a string or a number",
                   name.empty() ? TextOf(value->span) : name);
  }
  arguments.push_back({std::move(name), *text, TextOf(value->span), value->span});
  return {};
}

// range([start,] end [, step]): explode over a sequence.
Result<BoundRelation> Binder::BindRange(const TableFunctionRef& function,
                                        const Relation& relation) {
  std::vector<int64_t> bounds;
  for (const ExprPtr& arg : function.args) {
    const auto text = FoldToText(*arg);
    int64_t value = 0;
    const bool number =
        text && std::from_chars(text->data(), text->data() + text->size(), value).ptr ==
                    text->data() + text->size();
    if (!number) return Invalid(arg->span, "range: it takes whole numbers");
    bounds.push_back(value);
  }
  if (bounds.empty() || bounds.size() > 3) {
    return Invalid(relation.span, "range: it takes 1 to 3 numbers: start, end, step");
  }
  const int64_t start = bounds.size() == 1 ? 0 : bounds[0];
  const int64_t end = bounds.size() == 1 ? bounds[0] : bounds[1];
  const int64_t step = bounds.size() == 3 ? bounds[2] : 1;
  if (step == 0) return Invalid(relation.span, "range: the step cannot be 0");
  const bool empty = step > 0 ? start >= end : start <= end;
  const int64_t count = empty ? 0 : (end - start + step + (step > 0 ? -1 : 1)) / step;
  const Type bigint(TypeId::kLong);
  std::vector<BoundPtr> args;
  for (const int64_t value : {start, empty ? start : start + (count - 1) * step, step}) {
    args.push_back(MakeExpr(bigint, false, relation.span, BoundLiteral{value}));
  }
  TRY(BoundPtr sequence, MakeCall("sequence", std::move(args), relation.span));
  Values values;
  values.rows.emplace_back();
  OperatorPtr one_row = MakeOperator({}, relation.span, std::move(values));
  if (empty) {
    one_row = MakeOperator({}, relation.span,
                           Filter{std::move(one_row), BooleanConstant(false, relation.span)});
  }
  Generate generate{.input = std::move(one_row),
                    .function = FindFunction("explode"),
                    .args = {},
                    .outer = false,
                    .columns = {NewColumn("id", bigint, false)}};
  generate.args.push_back(std::move(sequence));
  std::vector<Attribute> output = generate.columns;
  BoundRelation bound;
  bound.scope = ScopeOf(output, {"range"});
  bound.op = MakeOperator(std::move(output), relation.span, std::move(generate));
  return bound;
}

}  // namespace oresmith::sql
