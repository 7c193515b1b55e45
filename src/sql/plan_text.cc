// Plans as text for people.

#include <fmt/ranges.h>

#include <utility>

#include "sql/functions.h"
#include "sql/plan.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

constexpr size_t kTextShown = 60;

std::string IdText(ColumnId id) { return fmt::format("#{}", static_cast<int32_t>(id)); }

std::string ColumnText(const Attribute& column) {
  return fmt::format("{}{} {}{}{}", column.name, IdText(column.id), column.type.ToSql(),
                     column.nullable ? "" : " NOT NULL", column.hidden ? " HIDDEN" : "");
}

std::string ColumnsText(const std::vector<Attribute>& columns) {
  std::vector<std::string> texts;
  for (const Attribute& column : columns) texts.push_back(ColumnText(column));
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Printer {
 public:
  std::string Take() { return std::move(text_); }

  void Print(const Operator& op, int depth) {
    text_.append(static_cast<size_t>(depth) * 2, ' ');
    text_ += std::visit([&](const auto& node) { return Head(op, node); }, op.node);
    if (op.event_time) {
      text_ += fmt::format(" watermark {} delay {} ms", IdText(op.event_time->column),
                           op.event_time->delay_ms);
    }
    text_ += '\n';
    ForEachExpr(op, [&](const BoundExpr& expr) { PrintSubqueries(expr, depth + 1); });
    ForEachInput(op, [&](const Operator& input) { Print(input, depth + 1); });
  }

 private:
  void PrintSubqueries(const BoundExpr& expr, int depth) {
    if (const auto* subquery = std::get_if<BoundSubquery>(&expr.node)) {
      text_.append(static_cast<size_t>(depth) * 2, ' ');
      text_ += "subquery:\n";
      Print(*subquery->plan, depth + 1);
    }
    ForEachOperand(expr, [&](const BoundExpr& operand) { PrintSubqueries(operand, depth); });
  }

  static std::string Head(const Operator& op, const Scan& scan) {
    return fmt::format("{} {} {}: {}", scan.stream ? "stream" : "scan", scan.index, scan.name,
                       ColumnsText(op.output));
  }
  static std::string Head(const Operator& op, const Values& values) {
    return fmt::format("values {} rows: {}", values.rows.size(), ColumnsText(op.output));
  }
  static std::string Head(const Operator&, const Project& project) {
    return "project " + Items(project.items);
  }
  static std::string Head(const Operator&, const Filter& filter) {
    return "filter " + Text(*filter.condition);
  }
  static std::string Head(const Operator&, const Aggregate& aggregate) {
    std::string sets;
    for (const auto& set : aggregate.sets) {
      sets += sets.empty() ? " sets " : ", ";
      sets += fmt::format("({})", fmt::join(set, " "));
    }
    return fmt::format("aggregate by [{}]{}: {}", Items(aggregate.groups), sets,
                       Items(aggregate.aggregates));
  }
  static std::string Head(const Operator&, const WindowOp& window) {
    return "window " + Items(window.items);
  }
  static std::string Head(const Operator&, const JoinOp& join) {
    constexpr const char* kNames[] = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    return fmt::format("{} join{}{}", kNames[static_cast<int>(join.type)],
                       join.condition ? " on " : "", join.condition ? Text(*join.condition) : "");
  }
  static std::string Head(const Operator&, const Generate& generate) {
    return fmt::format("generate{} {}({}): {}", generate.outer ? " outer" : "",
                       generate.function->name, Texts(generate.args),
                       ColumnsText(generate.columns));
  }
  static std::string Head(const Operator&, const Sort& sort) { return "sort " + Keys(sort.keys); }
  static std::string Head(const Operator&, const Limit& limit) {
    return fmt::format("limit {} offset {}", limit.limit ? std::to_string(*limit.limit) : "all",
                       limit.offset);
  }
  static std::string Head(const Operator& op, const SetOperation& set) {
    constexpr const char* kNames[] = {"union", "intersect", "except"};
    return fmt::format("{}{}: {}", kNames[static_cast<int>(set.type)], set.all ? " all" : "",
                       ColumnsText(op.output));
  }
  static std::string Head(const Operator&, const Distinct&) { return "distinct"; }

  static std::string Items(const std::vector<NamedExpr>& items) {
    std::vector<std::string> texts;
    for (const NamedExpr& item : items) {
      texts.push_back(fmt::format("{} := {}", ColumnText(item.column), Text(*item.expr)));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }
  static std::string Keys(const std::vector<BoundSortKey>& keys) {
    std::vector<std::string> texts;
    for (const BoundSortKey& key : keys) {
      texts.push_back(fmt::format("{} {} NULLS {}", Text(*key.expr),
                                  key.descending ? "DESC" : "ASC",
                                  key.nulls_first ? "FIRST" : "LAST"));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }
  static std::string Texts(const std::vector<BoundPtr>& exprs) {
    std::vector<std::string> texts;
    for (const BoundPtr& expr : exprs) texts.push_back(Text(*expr));
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  static std::string Text(const BoundExpr& expr) {
    return std::visit([&](const auto& node) { return Node(expr, node); }, expr.node);
  }
  static std::string Node(const BoundExpr&, const BoundLiteral& node) {
    if (const auto* value = std::get_if<bool>(&node.value)) return *value ? "true" : "false";
    if (const auto* value = std::get_if<int64_t>(&node.value)) return std::to_string(*value);
    if (const auto* value = std::get_if<double>(&node.value)) return fmt::format("{}", *value);
    if (const auto* value = std::get_if<std::string>(&node.value)) {
      return fmt::format("'{}{}'", value->substr(0, kTextShown),
                         value->size() > kTextShown ? "..." : "");
    }
    return "NULL";
  }
  static std::string Node(const BoundExpr&, const BoundColumn& node) { return IdText(node.id); }
  static std::string Node(const BoundExpr&, const BoundLambdaVariable& node) {
    return fmt::format("{}${}", node.name, node.id);
  }
  static std::string Node(const BoundExpr&, const BoundLambda& node) {
    return fmt::format("(${} -> {})", fmt::join(node.parameters, ", $"), Text(*node.body));
  }
  static std::string Node(const BoundExpr&, const BoundCall& node) {
    return fmt::format("{}({})", node.function->name, Texts(node.args));
  }
  static std::string Node(const BoundExpr& expr, const BoundCast& node) {
    return fmt::format("{}({} AS {})", node.mode == CastMode::kTry ? "try_cast" : "cast",
                       Text(*node.operand), expr.type.ToSql());
  }
  static std::string Node(const BoundExpr&, const BoundCase& node) {
    std::string text = "case";
    for (const auto& [condition, value] : node.branches) {
      text += fmt::format(" when {} then {}", Text(*condition), Text(*value));
    }
    if (node.otherwise) text += " else " + Text(*node.otherwise);
    return text + " end";
  }
  static std::string Node(const BoundExpr&, const BoundField& node) {
    return fmt::format("{}.{}", Text(*node.base), node.name);
  }
  static std::string Node(const BoundExpr&, const BoundSubquery& node) {
    constexpr const char* kNames[] = {"scalar", "exists", "in"};
    return fmt::format("{}{} subquery({})", node.negated ? "not " : "",
                       kNames[static_cast<int>(node.kind)],
                       node.operand ? Text(*node.operand) : "");
  }
  static std::string Node(const BoundExpr&, const BoundAggregate& node) {
    std::string text = fmt::format("{}({}{})", node.function->name,
                                   node.distinct ? "distinct " : "", Texts(node.args));
    if (!node.order_by.empty()) text += fmt::format(" order by {}", Keys(node.order_by));
    if (node.filter) text += fmt::format(" filter {}", Text(*node.filter));
    return text;
  }
  static std::string Bound(const BoundFrameBound& bound) {
    constexpr const char* kNames[] = {"unbounded preceding", "preceding", "current row",
                                      "following", "unbounded following"};
    return fmt::format("{}{}{}", bound.amount ? Text(*bound.amount) : "", bound.amount ? " " : "",
                       kNames[static_cast<int>(bound.kind)]);
  }
  static std::string Node(const BoundExpr&, const BoundWindow& node) {
    std::string text = fmt::format(
        "{}({}){} over (partition by {} order by {}", node.function->name, Texts(node.args),
        node.ignore_nulls ? " ignore nulls" : "", Texts(node.partition_by), Keys(node.order_by));
    if (node.has_frame) {
      text += fmt::format(" {} between {} and {}", node.rows ? "rows" : "range", Bound(node.start),
                          Bound(node.end));
    }
    return text + ")";
  }

  std::string text_;
};

}  // namespace

std::string ToText(const Plan& plan) {
  Printer printer;
  printer.Print(*plan.root, 0);
  return printer.Take();
}

}  // namespace oresmith::sql
