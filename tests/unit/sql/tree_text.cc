#include "unit/sql/tree_text.h"

#include <fmt/format.h>

namespace oresmith::sql {
namespace {

std::string Text(const QualifiedName& name) {
  std::string text;
  for (const Identifier& part : name) {
    if (!text.empty()) text += '.';
    text += part.quoted ? "`" + part.text + "`" : part.text;
  }
  return text;
}

std::string Names(const std::vector<Identifier>& names) {
  std::string text;
  for (const Identifier& name : names) {
    if (!text.empty()) text += ' ';
    text += name.text;
  }
  return text;
}

std::string List(const std::vector<ExprPtr>& list) {
  std::string text;
  for (const ExprPtr& expr : list) text += ' ' + TreeText(*expr);
  return text;
}

std::string Optional(std::string_view label, const ExprPtr& expr) {
  return expr == nullptr ? "" : fmt::format(" {}{}", label, TreeText(*expr));
}

std::string Text(const std::vector<SortKey>& keys) {
  std::string text;
  for (const SortKey& key : keys) {
    text += ' ' + TreeText(*key.expr);
    if (key.descending) text += " desc";
    if (key.nulls_first) text += *key.nulls_first ? " nulls-first" : " nulls-last";
  }
  return text;
}

std::string Text(const FrameBound& bound) {
  using Kind = FrameBound::Kind;
  switch (bound.kind) {
    case Kind::kUnboundedPreceding:
      return "-inf";
    case Kind::kPreceding:
      return "-" + TreeText(*bound.amount);
    case Kind::kCurrentRow:
      return "0";
    case Kind::kFollowing:
      return "+" + TreeText(*bound.amount);
    case Kind::kUnboundedFollowing:
      return "+inf";
  }
  return "?";
}

std::string Not(bool negated) { return negated ? "not-" : ""; }

struct ExprText {
  std::string operator()(const NullLiteral&) const { return "NULL"; }
  std::string operator()(const BooleanLiteral& e) const { return e.value ? "TRUE" : "FALSE"; }
  std::string operator()(const NumberLiteral& e) const {
    return e.suffix == 0 ? e.digits : e.digits + e.suffix;
  }
  std::string operator()(const StringLiteral& e) const { return "'" + e.value + "'"; }
  std::string operator()(const BinaryLiteral& e) const {
    std::string text = "X";
    for (const char c : e.bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(c));
    return text;
  }
  std::string operator()(const TypedLiteral& e) const { return e.type + "'" + e.value + "'"; }
  std::string operator()(const IntervalLiteral& e) const {
    std::string text = "(interval";
    for (const auto& part : e.parts) {
      text += ' ' + TreeText(*part.amount);
      if (!part.unit.empty()) text += ' ' + part.unit;
      if (!part.to_unit.empty()) text += ".." + part.to_unit;
    }
    return text + ")";
  }
  std::string operator()(const NameRef& e) const { return Text(e.parts); }
  std::string operator()(const Star& e) const {
    std::string text = e.qualifier.empty() ? "*" : Text(e.qualifier) + ".*";
    for (const QualifiedName& name : e.except) text += "-" + Text(name);
    return text;
  }
  std::string operator()(const FieldAccess& e) const {
    return fmt::format("(. {} {})", TreeText(*e.base), e.field.text);
  }
  std::string operator()(const Subscript& e) const {
    return fmt::format("([] {} {})", TreeText(*e.base), TreeText(*e.index));
  }
  std::string operator()(const JsonPath& e) const {
    return fmt::format("(: {} {})", TreeText(*e.base), e.path);
  }
  std::string operator()(const BinaryOp& e) const {
    return fmt::format("({}{} {} {}{})", Not(e.negated), e.op, TreeText(*e.left),
                       TreeText(*e.right), Optional("escape ", e.escape));
  }
  std::string operator()(const UnaryOp& e) const {
    return fmt::format("({} {})", e.op, TreeText(*e.operand));
  }
  std::string operator()(const IsTest& e) const {
    return fmt::format("({}is-{} {})", Not(e.negated), e.what, TreeText(*e.operand));
  }
  std::string operator()(const Between& e) const {
    return fmt::format("({}between {} {} {})", Not(e.negated), TreeText(*e.operand),
                       TreeText(*e.low), TreeText(*e.high));
  }
  std::string operator()(const InList& e) const {
    return fmt::format("({}in {}{})", Not(e.negated), TreeText(*e.operand), List(e.values));
  }
  std::string operator()(const InSubquery& e) const {
    return fmt::format("({}in {} {})", Not(e.negated), TreeText(*e.operand), TreeText(*e.query));
  }
  std::string operator()(const Exists& e) const {
    return fmt::format("(exists {})", TreeText(*e.query));
  }
  std::string operator()(const ScalarSubquery& e) const { return TreeText(*e.query); }
  std::string operator()(const Case& e) const {
    std::string text = "(case" + Optional("", e.operand);
    for (const auto& [when, then] : e.branches) {
      text += fmt::format(" {}:{}", TreeText(*when), TreeText(*then));
    }
    return text + Optional("else:", e.otherwise) + ")";
  }
  std::string operator()(const Cast& e) const {
    return fmt::format("({} {} {})", e.is_try ? "try_cast" : "cast", TreeText(*e.operand),
                       e.type.ToSimpleString());
  }
  std::string operator()(const Extract& e) const {
    return fmt::format("(extract {} {})", e.unit, TreeText(*e.operand));
  }
  std::string operator()(const Lambda& e) const {
    return fmt::format("(lambda [{}] {})", Names(e.parameters), TreeText(*e.body));
  }
  std::string operator()(const NamedArgument& e) const {
    return fmt::format("{}=>{}", e.name.text, TreeText(*e.value));
  }
  std::string operator()(const FunctionCall& e) const {
    std::string text = "(" + Text(e.name);
    if (e.distinct) text += " distinct";
    text += List(e.args);
    if (!e.within_group.empty()) text += " within[" + Text(e.within_group).substr(1) + "]";
    text += Optional("filter:", e.filter);
    if (e.ignore_nulls) text += " ignore-nulls";
    if (e.over) text += " over" + TreeText(*e.over);
    return text + ")";
  }
  std::string operator()(const TupleExpr& e) const { return "(tuple" + List(e.items) + ")"; }
};

struct RelationText {
  std::string operator()(const TableRef& r) const {
    return (r.stream ? "stream:" : "") + Text(r.name) + Optional("version=", r.version_as_of) +
           Optional("time=", r.timestamp_as_of);
  }
  std::string operator()(const TableFunctionRef& r) const {
    return fmt::format("{}{}({}{})", r.stream ? "stream:" : "", r.lateral ? "lateral:" : "",
                       Text(r.name), List(r.args));
  }
  std::string operator()(const SubqueryRef& r) const {
    return (r.lateral ? "lateral:" : "") + TreeText(*r.query);
  }
  std::string operator()(const ValuesRef& r) const {
    std::string text = "(values";
    for (const auto& row : r.rows) text += " [" + List(row).substr(1) + "]";
    return text + ")";
  }
  std::string operator()(const Join& r) const {
    constexpr const char* kNames[] = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    std::string text =
        fmt::format("({}{} {} {}", r.natural ? "natural-" : "", kNames[static_cast<int>(r.type)],
                    TreeText(*r.left), TreeText(*r.right));
    text += Optional("on ", r.on);
    if (!r.using_columns.empty()) text += " using " + Names(r.using_columns);
    return text + ")";
  }
  std::string operator()(const LateralView& r) const {
    return fmt::format("(lateral-view{} {} {} {} [{}])", r.outer ? "-outer" : "",
                       TreeText(*r.input), TreeText(*r.generator), r.table_alias.text,
                       Names(r.column_aliases));
  }
  std::string operator()(const Pivot& r) const {
    return fmt::format("(pivot {} [{}] for [{}] in [{}])", TreeText(*r.input), Items(r.aggregates),
                       Names(r.columns), Items(r.values));
  }
  std::string operator()(const Unpivot& r) const {
    std::string sets;
    for (const Unpivot::Set& set : r.sets) {
      sets += sets.empty() ? "" : " ";
      for (const QualifiedName& column : set.columns) sets += sql::Text(column) + ";";
      if (!set.alias.text.empty()) sets += "@" + set.alias.text;
    }
    return fmt::format("(unpivot{} {} [{}] for {} in [{}])", r.include_nulls ? "-nulls" : "",
                       TreeText(*r.input), Names(r.value_columns), r.name_column.text, sets);
  }
  static std::string Items(const std::vector<SelectItem>& items) {
    std::string text;
    for (const SelectItem& item : items) {
      text += (text.empty() ? "" : " ") + TreeText(*item.expr);
      if (!item.aliases.empty()) text += "@" + Names(item.aliases);
    }
    return text;
  }
};

std::string Text(const GroupingElement& element) {
  constexpr const char* kKinds[] = {"", "rollup", "cube", "sets"};
  std::string text = fmt::format("({}", kKinds[static_cast<int>(element.kind)]);
  for (const ExprPtr& key : element.keys) text += " " + TreeText(*key);
  for (const GroupingElement& inner : element.elements) text += " " + Text(inner);
  return text + ")";
}

std::string Text(const Select& select) {
  std::string text = select.distinct ? "(select distinct" : "(select";
  for (const SelectItem& item : select.items) {
    text += ' ' + TreeText(*item.expr);
    if (!item.aliases.empty()) text += "@" + Names(item.aliases);
  }
  if (!select.from.empty()) text += " from";
  for (const RelationPtr& relation : select.from) text += ' ' + TreeText(*relation);
  text += Optional("where ", select.where);
  if (select.group_by_all) text += " group all";
  if (!select.group_by.empty()) text += " group" + List(select.group_by);
  for (const GroupingElement& element : select.grouping) text += " grouping" + Text(element);
  text += Optional("having ", select.having) + Optional("qualify ", select.qualify);
  for (const auto& [name, window] : select.windows) {
    text += fmt::format(" window {}{}", name.text, TreeText(window));
  }
  return text + ")";
}

struct BodyText {
  std::string operator()(const Select& body) const { return Text(body); }
  std::string operator()(const SetOp& body) const {
    constexpr const char* kNames[] = {"union", "intersect", "except"};
    return fmt::format("({}{} {} {})", kNames[static_cast<int>(body.type)], body.all ? "-all" : "",
                       TreeText(*body.left), TreeText(*body.right));
  }
  std::string operator()(const ValuesRef& body) const { return RelationText()(body); }
  std::string operator()(const QueryPtr& body) const { return "[" + TreeText(*body) + "]"; }
};

}  // namespace

std::string TreeText(const Expr& expr) { return std::visit(ExprText(), expr.node); }

std::string TreeText(const Relation& relation) {
  std::string text = std::visit(RelationText(), relation.node);
  if (relation.options) {
    for (const Property& option : relation.options->properties) {
      text += fmt::format(" {}={}", option.key, option.value);
    }
  }
  if (relation.watermark) {
    text += fmt::format(" watermark({}, {})", TreeText(*relation.watermark->time.expr),
                        TreeText(*relation.watermark->delay));
  }
  if (!relation.alias.text.empty()) text += "@" + relation.alias.text;
  if (!relation.column_aliases.empty()) text += "(" + Names(relation.column_aliases) + ")";
  return text;
}

std::string TreeText(const ColumnChoice& choice) {
  std::string text = choice.except ? "except" : "";
  for (const QualifiedName& column : choice.columns) text += ' ' + Text(column);
  return "[" + text + "]";
}

std::string TreeText(const AutoCdc& cdc) {
  std::string text = fmt::format("(cdc{} from {} keys", cdc.scd_type == ScdType::kType2 ? "2" : "1",
                                 TreeText(*cdc.source));
  for (const QualifiedName& key : cdc.keys) text += ' ' + Text(key);
  text += Optional("sequence ", cdc.sequence_by) + Optional("delete ", cdc.delete_when) +
          Optional("truncate ", cdc.truncate_when);
  if (cdc.ignore_null_updates) text += " ignore-nulls";
  if (cdc.ignore_null_columns) text += TreeText(*cdc.ignore_null_columns);
  if (cdc.columns) text += " columns" + TreeText(*cdc.columns);
  if (cdc.track_history) text += " track" + TreeText(*cdc.track_history);
  return text + ")";
}

std::string TreeText(const CreateFlow& flow) {
  const auto* const query = std::get_if<QueryPtr>(&flow.body);
  return fmt::format("{} into {}{}: {}", Text(flow.name), flow.once ? "once " : "",
                     Text(flow.target),
                     query != nullptr ? TreeText(**query) : TreeText(std::get<AutoCdc>(flow.body)));
}

std::string TreeText(const Query& query) {
  std::string text;
  for (const CommonTable& table : query.with) {
    text += fmt::format("with {}({}) {} ", table.name.text, Names(table.columns),
                        TreeText(*table.query));
  }
  text += std::visit(BodyText(), query.body);
  if (!query.order_by.empty()) text += " order" + Text(query.order_by);
  return text + Optional("limit ", query.limit) + Optional("offset ", query.offset);
}

std::string TreeText(const WindowSpec& window) {
  std::string text = "{" + window.reference.text;
  if (!window.partition_by.empty()) text += "by" + List(window.partition_by);
  if (!window.order_by.empty()) text += " order" + Text(window.order_by);
  if (window.frame) {
    text += fmt::format(" {} {}..{}", window.frame->rows ? "rows" : "range",
                        Text(window.frame->start), Text(window.frame->end));
  }
  return text + "}";
}

}  // namespace oresmith::sql
