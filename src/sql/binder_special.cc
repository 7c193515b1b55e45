// Functions that are more than a call: CASE in other words, casts by name, from_json, units.

#include <array>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_carry_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// int(x), date(x): a cast by the name of its type.
std::optional<Type> TypeOfCastName(std::string_view name) {
  struct Entry {
    std::string_view name;
    TypeId id;
  };
  constexpr std::array<Entry, 12> kNames{{{"boolean", TypeId::kBoolean},
                                          {"tinyint", TypeId::kByte},
                                          {"smallint", TypeId::kShort},
                                          {"int", TypeId::kInt},
                                          {"bigint", TypeId::kLong},
                                          {"float", TypeId::kFloat},
                                          {"double", TypeId::kDouble},
                                          {"string", TypeId::kString},
                                          {"binary", TypeId::kBinary},
                                          {"date", TypeId::kDate},
                                          {"timestamp", TypeId::kTimestamp},
                                          {"decimal", TypeId::kDecimal}}};
  for (const Entry& entry : kNames) {
    if (entry.name != name) continue;
    return entry.id == TypeId::kDecimal ? Type::Decimal(10, 0) : Type(entry.id);
  }
  return std::nullopt;
}

// The first argument of dateadd(DAY, 1, d): a unit, written as a name or a string.
std::optional<std::string> UnitOf(const Expr& expr) {
  if (const auto* name = std::get_if<NameRef>(&expr.node); name && name->parts.size() == 1) {
    return LowerCase(name->parts[0].text);
  }
  if (const auto* text = std::get_if<StringLiteral>(&expr.node)) return LowerCase(text->value);
  return std::nullopt;
}

// EXTRACT(unit FROM x) and date_part('unit', x): the function of each unit.
std::string_view FunctionOfUnit(std::string_view unit) {
  struct Entry {
    std::string_view unit, function;
  };
  constexpr std::array<Entry, 40> kUnits{{{"year", "year"},
                                          {"y", "year"},
                                          {"years", "year"},
                                          {"yr", "year"},
                                          {"yrs", "year"},
                                          {"yearofweek", "extract:yearofweek"},
                                          {"quarter", "quarter"},
                                          {"qtr", "quarter"},
                                          {"month", "month"},
                                          {"mon", "month"},
                                          {"mons", "month"},
                                          {"months", "month"},
                                          {"week", "weekofyear"},
                                          {"w", "weekofyear"},
                                          {"weeks", "weekofyear"},
                                          {"day", "day"},
                                          {"d", "day"},
                                          {"days", "day"},
                                          {"dayofweek", "dayofweek"},
                                          {"dow", "dayofweek"},
                                          {"dayofweek_iso", "extract:dow_iso"},
                                          {"dow_iso", "extract:dow_iso"},
                                          {"doy", "dayofyear"},
                                          {"hour", "hour"},
                                          {"hours", "hour"},
                                          {"minute", "minute"},
                                          {"minutes", "minute"},
                                          {"second", "extract:second"},
                                          {"dayofweek", "dayofweek"},
                                          {"hr", "hour"},
                                          {"hrs", "hour"},
                                          {"h", "hour"},
                                          {"m", "minute"},
                                          {"min", "minute"},
                                          {"mins", "minute"},
                                          {"s", "extract:second"},
                                          {"sec", "extract:second"},
                                          {"secs", "extract:second"},
                                          {"seconds", "extract:second"},
                                          {"yearofweek", "extract:yearofweek"}}};
  for (const Entry& entry : kUnits) {
    if (entry.unit == unit) return entry.function;
  }
  return "";
}

// The same for what an interval has.
std::string_view PartOfInterval(std::string_view function, const Type& type) {
  const bool months = type.Is(TypeId::kIntervalYearMonth);
  if (months && function == "year") return "interval:year";
  if (months && function == "month") return "interval:month";
  if (months) return "";
  if (function == "day") return "interval:day";
  if (function == "hour") return "interval:hour";
  if (function == "minute") return "interval:minute";
  return function == "extract:second" ? "interval:second" : "";
}

}  // namespace

Result<std::optional<BoundPtr>> Binder::BindSpecial(const FunctionCall& call, std::string_view name,
                                                    Span span, ExprScope& scope) {
  const size_t count = call.args.size();
  const auto some = [](Result<BoundPtr> bound) -> Result<std::optional<BoundPtr>> {
    if (!bound) return Fail(std::move(bound).error());
    return std::optional<BoundPtr>(*std::move(bound));
  };
  if (call.over || call.distinct || call.filter) return std::nullopt;
  if (const auto type = TypeOfCastName(name); type && count == 1) {
    return some(BindCastCall(call, *type, span, scope));
  }
  if ((name == "if" || name == "iff") && count == 3) return some(BindIf(call, span, scope));
  if (name == "grouping" || name == "grouping_id") {
    if (!scope.has_grouping || scope.inside_aggregate) {
      return Invalid(span, "{}: it needs GROUP BY with GROUPING SETS, CUBE or ROLLUP", name);
    }
    TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
    return some(MakeCall(name, std::move(args), span));
  }
  if (name == "nvl2" && count == 3) return some(BindNvl2(call, span, scope));
  if (name == "decode" && count > 2) return some(BindDecode(call, span, scope));
  if (name == "nullif" && count == 2) return some(BindNullif(call, span, scope));
  if (name == "from_json") return some(BindFromJson(call, span, scope));
  if (name == "struct") return some(BindStruct(call, span, scope));
  if (name == "input_file_name" && count == 0) return some(BindInputFileName(span, scope));
  if (name == "date_part" || name == "datepart") {
    if (count != 2) return Invalid(span, "{}: it takes a unit and a value", name);
    const auto unit = UnitOf(*call.args[0]);
    if (!unit) return Invalid(call.args[0]->span, "{}: the unit must be a constant", name);
    TRY(BoundPtr operand, BindExpr(*call.args[1], scope));
    return some(ExtractUnit(*unit, std::move(operand), span));
  }
  const bool unit_call = name == "dateadd" || name == "date_add" || name == "timestampadd" ||
                         name == "datediff" || name == "date_diff" || name == "timestampdiff";
  if (unit_call && count == 3) return some(BindDateUnitCall(call, name, span, scope));
  if (name == "window" && count >= 2 && count <= 4) {
    return some(BindWindowOfTime(call, span, scope));
  }
  return BindRewritten(call, name, span, scope);
}

Result<BoundPtr> Binder::BindCastCall(const FunctionCall& call, Type type, Span span,
                                      ExprScope& scope) {
  TRY(BoundPtr operand, BindExpr(*call.args[0], scope));
  operand->span = span;
  return CastTo(std::move(operand), type);
}

Result<BoundPtr> Binder::BindIf(const FunctionCall& call, Span span, ExprScope& scope) {
  ExprScope inner = scope;
  inner.clause = "if";
  BoundCase node;
  TRY(BoundPtr condition, BindCondition(*call.args[0], inner));
  TRY(BoundPtr value, BindExpr(*call.args[1], scope));
  TRY(node.otherwise, BindExpr(*call.args[2], scope));
  node.branches.emplace_back(std::move(condition), std::move(value));
  return FinishCase(std::move(node), span);
}

Result<BoundPtr> Binder::BindNvl2(const FunctionCall& call, Span span, ExprScope& scope) {
  std::vector<BoundPtr> tested(1);
  TRY(tested[0], BindExpr(*call.args[0], scope));
  BoundCase node;
  TRY(BoundPtr condition, MakeCall("isnotnull", std::move(tested), span));
  TRY(BoundPtr value, BindExpr(*call.args[1], scope));
  TRY(node.otherwise, BindExpr(*call.args[2], scope));
  node.branches.emplace_back(std::move(condition), std::move(value));
  return FinishCase(std::move(node), span);
}

// decode(x, k1, v1, k2, v2, ..., default): CASE with an equality for which NULL is a value.
Result<BoundPtr> Binder::BindDecode(const FunctionCall& call, Span span, ExprScope& scope) {
  BoundCase node;
  size_t i = 1;
  for (; i + 1 < call.args.size(); i += 2) {
    std::vector<BoundPtr> pair(2);
    TRY(pair[0], BindExpr(*call.args[0], scope));
    TRY(pair[1], BindExpr(*call.args[i], scope));
    TRY(BoundPtr same, MakeCall("<=>", std::move(pair), span));
    TRY(BoundPtr value, BindExpr(*call.args[i + 1], scope));
    node.branches.emplace_back(std::move(same), std::move(value));
  }
  if (i < call.args.size()) {
    TRY(node.otherwise, BindExpr(*call.args[i], scope));
  }
  return FinishCase(std::move(node), span);
}

// nullif(a, b) is CASE WHEN a = b THEN NULL ELSE a END: the result keeps the type of a.
Result<BoundPtr> Binder::BindNullif(const FunctionCall& call, Span span, ExprScope& scope) {
  std::vector<BoundPtr> pair(2);
  TRY(pair[0], BindExpr(*call.args[0], scope));
  TRY(pair[1], BindExpr(*call.args[1], scope));
  if (!IsDeterministic(*pair[0])) {
    return Unsupported(span, "nullif: its value differs each time; compute it in a subquery");
  }
  BoundPtr value = CloneExpr(*pair[0]);
  if (!value) {
    TRY(value, BindExpr(*call.args[0], scope));
  }
  const Type type = value->type;
  TRY(BoundPtr same, MakeCall("=", std::move(pair), span));
  BoundPtr null = NullConstant(span);
  null->type = type;
  BoundCase node;
  node.branches.emplace_back(std::move(same), std::move(null));
  node.otherwise = std::move(value);
  return MakeExpr(type, true, span, std::move(node));
}

// from_json(text, schema [, map('option', 'value', ...)]): the options become pairs of arguments.
Result<BoundPtr> Binder::BindFromJson(const FunctionCall& call, Span span, ExprScope& scope) {
  if (call.args.size() < 2 || call.args.size() > 3) {
    return Invalid(span, "from_json: it takes a text, a schema and perhaps options");
  }
  const Expr& schema = *call.args[1];
  std::optional<std::string> ddl;
  if (const auto* inner = std::get_if<FunctionCall>(&schema.node)) {
    const bool inferred = inner->name.size() == 1 && inner->args.size() == 1 &&
                          SameName(inner->name[0].text, "schema_of_json");
    if (inferred) {
      TRY(const BoundPtr type, BindSchemaOfJson(*inner, schema.span));
      ddl = std::get<std::string>(std::get<BoundLiteral>(type->node).value);
    }
  }
  if (!ddl) ddl = FoldToText(schema);
  if (!ddl) return Invalid(schema.span, "from_json: the schema must be a constant string");
  std::vector<BoundPtr> args(1);
  TRY(args[0], BindExpr(*call.args[0], scope));
  args.push_back(StringConstant(*ddl, schema.span));
  if (call.args.size() == 3) {
    const auto* options = std::get_if<FunctionCall>(&call.args[2]->node);
    const bool is_map =
        options != nullptr && options->name.size() == 1 && SameName(options->name[0].text, "map");
    if (!is_map) return Invalid(call.args[2]->span, "from_json: options are map('name', 'value')");
    for (const ExprPtr& option : options->args) {
      const auto text = FoldToText(*option);
      if (!text) return Invalid(option->span, "from_json: an option must be a constant string");
      args.push_back(StringConstant(*text, option->span));
    }
    if (args.size() % 2 != 0)
      return Invalid(call.args[2]->span, "map: keys and values do not pair");
  }
  return MakeCall("from_json", std::move(args), span);
}

// struct(a, b AS c, ...) is named_struct('a', a, 'c', b, ...).
Result<BoundPtr> Binder::BindStruct(const FunctionCall& call, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Expr& arg = *call.args[i];
    if (const auto* star = std::get_if<Star>(&arg.node)) {
      TRY(const auto columns, StarArguments(*star, arg.span, scope));
      for (const ScopeColumn* column : columns) {
        args.push_back(StringConstant(column->column.name, arg.span));
        args.push_back(ColumnOf(column->column, arg.span));
      }
      continue;
    }
    const auto* named = std::get_if<NamedArgument>(&arg.node);
    const Expr& value = named != nullptr ? *named->value : arg;
    const bool has_name = std::holds_alternative<NameRef>(value.node) ||
                          std::holds_alternative<FieldAccess>(value.node);
    std::string name = fmt::format("col{}", i + 1);
    if (named != nullptr) {
      name = named->name.text;
    } else if (has_name) {
      name = ColumnNameOf(value, TextOf(value.span));
    } else if (const auto* element = std::get_if<Subscript>(&value.node)) {
      // m['key'] is named by its key.
      const auto* key = std::get_if<StringLiteral>(&element->index->node);
      if (key != nullptr) name = key->value;
    }
    args.push_back(StringConstant(std::move(name), arg.span));
    TRY(BoundPtr bound, BindExpr(value, scope));
    args.push_back(std::move(bound));
  }
  return MakeCall("named_struct", std::move(args), span);
}

Result<BoundPtr> Binder::BindInputFileName(Span span, ExprScope& scope) {
  if (scope.input == nullptr || !*scope.input) {
    return Unsupported(span, "input_file_name: not supported here; use _metadata.file_path");
  }
  std::vector<Attribute> found;
  FindHidden(**scope.input, "_metadata", found);
  if (found.empty()) return StringConstant("", span);
  if (found.size() > 1) {
    return Invalid(span,
                   "input_file_name: the query reads several files sources; use "
                   "t._metadata.file_path");
  }
  const auto carried = CarryUp(**scope.input, found[0].id, next_column_id_);
  if (!carried) {
    return Unsupported(span,
                       "input_file_name: rows of a group come from many files; use "
                       "_metadata.file_path in the query that reads them");
  }
  TRY(BoundPtr path,
      AccessField(ColumnOf(*carried, span), {.text = "file_path", .quoted = false, .span = span}));
  path->span = span;
  return path;
}

Result<BoundPtr> Binder::BindExtract(const Extract& extract, Span span, ExprScope& scope) {
  TRY(BoundPtr operand, BindExpr(*extract.operand, scope));
  return ExtractUnit(LowerCase(extract.unit), std::move(operand), span);
}

Result<BoundPtr> Binder::ExtractUnit(const std::string& unit, BoundPtr operand, Span span) {
  std::string_view name = FunctionOfUnit(unit);
  if (operand->type.Is(TypeId::kIntervalDayTime) || operand->type.Is(TypeId::kIntervalYearMonth)) {
    name = PartOfInterval(name, operand->type);
  }
  if (name.empty()) {
    return Unsupported(span, "EXTRACT: {} of {} is not supported", unit, operand->type.ToSql());
  }
  std::vector<BoundPtr> args;
  args.push_back(std::move(operand));
  return MakeCall(name, std::move(args), span);
}

// dateadd(UNIT, n, t) and datediff(UNIT, start, end): the unit becomes a constant argument.
Result<BoundPtr> Binder::BindDateUnitCall(const FunctionCall& call, std::string_view name,
                                          Span span, ExprScope& scope) {
  const bool quoted = std::holds_alternative<StringLiteral>(call.args[0]->node);
  const auto unit = UnitOf(*call.args[0]);
  if (!unit || quoted) {
    return Invalid(call.args[0]->span, "{}: the unit must be a name such as DAY", name);
  }
  std::vector<BoundPtr> args;
  args.push_back(StringConstant(*unit, call.args[0]->span));
  for (size_t i = 1; i < 3; ++i) {
    TRY(BoundPtr arg, BindExpr(*call.args[i], scope));
    args.push_back(std::move(arg));
  }
  const bool adds = name.find("add") != std::string_view::npos;
  return MakeCall(adds ? "timestampadd" : "timestampdiff", std::move(args), span);
}

}  // namespace oresmith::sql
