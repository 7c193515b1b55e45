#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/emit_internal.h"
#include "engine/engine.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::Attribute;
using sql::Operator;

constexpr int kDepthMax = 200;

// The column in which a source says where a row comes from.
std::optional<std::string> OriginOf(const Operator& input) {
  for (const Attribute& column : input.output) {
    if (column.hidden && column.name == "__origin") return ColumnName(column);
  }
  return std::nullopt;
}

bool SameColumns(const std::vector<Attribute>& left, const std::vector<Attribute>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Attribute& a, const Attribute& b) { return a.id == b.id; });
}

std::string JoinWords(sql::JoinType type) {
  switch (type) {
    case sql::JoinType::kInner:
      return "JOIN";
    case sql::JoinType::kLeft:
      return "LEFT JOIN";
    case sql::JoinType::kRight:
      return "RIGHT JOIN";
    case sql::JoinType::kFull:
      return "FULL JOIN";
    case sql::JoinType::kCross:
      return "CROSS JOIN";
    case sql::JoinType::kLeftSemi:
      return "SEMI JOIN";
    case sql::JoinType::kLeftAnti:
      return "ANTI JOIN";
  }
  return "JOIN";
}

}  // namespace

std::string Nested(std::string_view select) {
  std::string text = "(\n  ";
  char quote = 0;  // a line end inside of a text or a name is part of it
  for (const char c : select) {
    text += c;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\n' && quote == 0) {
      text += "  ";
    }
  }
  return text + "\n)";
}

std::string ColumnText(const Attribute& column) {
  return fmt::format("{}#{}", column.name, static_cast<int>(column.id));
}

std::string ColumnName(const Attribute& column) { return QuoteName(ColumnText(column)); }

Emission Emitter::TakeEmission(std::string sql) {
  emission_.sql = std::move(sql);
  return std::move(emission_);
}

std::string Emitter::FreshName(std::string_view base) {
  return QuoteName(fmt::format("{}##{}", base, ++fresh_));
}

const std::string& Emitter::Name(const Attribute& column) {
  return names_.try_emplace(column.id, ColumnName(column)).first->second;
}

std::vector<std::string> Emitter::Columns(const std::vector<Attribute>& output) {
  std::vector<std::string> names;
  for (const Attribute& column : output) names.push_back(Name(column));
  // One row without columns, as in SELECT count(*): DuckDB wants at least one.
  if (names.empty()) names.emplace_back("TRUE");
  return names;
}

std::string Emitter::Text(Block block, Hoist* hoist) const {
  if (hoist != nullptr && !hoist->columns.empty()) {
    std::vector<std::string> below;
    if (!block.from.empty()) below.emplace_back("*");
    for (const auto& [text, name] : hoist->columns) below.push_back(text + " AS " + name);
    Block inner{std::move(below), block.from, {}, {}};
    // The rows that are filtered out need not be computed.
    if (hoist->used_by_where == 0) inner.where = std::exchange(block.where, {});
    block.from = Nested(Text(std::move(inner), nullptr));
  }
  std::string text = "SELECT " + fmt::format("{}", fmt::join(block.select, ", "));
  if (!block.from.empty()) text += "\nFROM " + block.from;
  if (!block.where.empty()) text += "\nWHERE " + block.where;
  if (!block.tail.empty()) text += "\n" + block.tail;
  return text;
}

Result<std::string> Emitter::Query(const Operator& op) {
  if (++depth_ > kDepthMax) {
    return Fail(ErrorKind::kUnsupported, "a query of more than {} levels", kDepthMax);
  }
  for (const Attribute& column : op.output) {
    const Status known = CheckType(column.type);
    if (!known) {
      return Fail(ErrorKind::kUnsupported, "column {}: {} is not supported here", column.name,
                  known.error().message);
    }
  }
  Hoist* const outer_hoist = std::exchange(hoist_, nullptr);
  const std::optional<std::string> outer_origin = std::exchange(origin_, std::nullopt);
  auto text = std::visit(
      [&](const auto& node) -> Result<std::string> {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, sql::Scan>)
          return Scan(op, node);
        else if constexpr (std::is_same_v<Node, sql::Values>)
          return Values(op, node);
        else if constexpr (std::is_same_v<Node, sql::Project>)
          return Project(op, node);
        else if constexpr (std::is_same_v<Node, sql::Filter>)
          return Filter(op, node);
        else if constexpr (std::is_same_v<Node, sql::Aggregate>)
          return Aggregate(op, node);
        else if constexpr (std::is_same_v<Node, sql::WindowOp>)
          return Window(op, node);
        else if constexpr (std::is_same_v<Node, sql::JoinOp>)
          return Join(op, node);
        else if constexpr (std::is_same_v<Node, sql::Generate>)
          return Generate(op, node);
        else if constexpr (std::is_same_v<Node, sql::Sort>)
          return Sort(op, node);
        else if constexpr (std::is_same_v<Node, sql::Limit>)
          return Limit(op, node);
        else if constexpr (std::is_same_v<Node, sql::SetOperation>)
          return SetOperation(op, node);
        else
          return Distinct(op, node);
      },
      op.node);
  hoist_ = outer_hoist;
  origin_ = outer_origin;
  --depth_;
  return text;
}

Result<std::string> Emitter::From(const Operator& op) {
  const auto* scan = std::get_if<sql::Scan>(&op.node);
  if (scan != nullptr) {
    for (const Attribute& column : op.output) Name(column);
    return options_.scan(scan->index);
  }
  TRY(const std::string text, Query(op));
  return Nested(text);
}

// What an operator's SELECT reads: a filter below becomes its WHERE.
Result<Emitter::Block> Emitter::InputBlock(const Operator& input) {
  Block block;
  const auto* filter = std::get_if<sql::Filter>(&input.node);
  const Operator& below = filter != nullptr ? *filter->input : input;
  origin_ = OriginOf(below);
  // One row without columns: SELECT without FROM.
  const auto* values = std::get_if<sql::Values>(&below.node);
  if (values == nullptr || !below.output.empty() || values->rows.size() != 1) {
    TRY(block.from, From(below));
  }
  if (filter != nullptr) {
    TRY(block.where, Expr(*filter->condition));
    if (hoist_ != nullptr) hoist_->used_by_where = hoist_->columns.size();
  }
  return block;
}

Result<std::string> Emitter::Scan(const Operator& op, const sql::Scan& scan) {
  return Text(Block{Columns(op.output), options_.scan(scan.index), {}, {}}, nullptr);
}

Result<std::string> Emitter::Values(const Operator& op, const sql::Values& values) {
  if (op.output.empty()) {
    return fmt::format("SELECT TRUE FROM range({})", values.rows.size());
  }
  std::vector<std::string> rows;
  for (const auto& row : values.rows) {
    TRY(const std::vector<std::string> items, Exprs(row));
    rows.push_back(fmt::format("({})", fmt::join(items, ", ")));
  }
  if (rows.empty()) {
    std::vector<std::string> nulls;
    for (const Attribute& column : op.output) {
      nulls.push_back(fmt::format("CAST(NULL AS {}) AS {}", TypeSql(column.type), Name(column)));
    }
    return fmt::format("SELECT {} WHERE FALSE", fmt::join(nulls, ", "));
  }
  return fmt::format("SELECT {}\nFROM (VALUES {}) AS v({})", fmt::join(Columns(op.output), ", "),
                     fmt::join(rows, ", "), fmt::join(Columns(op.output), ", "));
}

Result<std::string> Emitter::Project(const Operator& op, const sql::Project& project) {
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*project.input));
  for (const sql::NamedExpr& item : project.items) {
    TRY(const std::string text, Expr(*item.expr));
    block.select.push_back(text + " AS " + Name(item.column));
  }
  if (block.select.empty()) block.select = Columns(op.output);
  return Text(std::move(block), &hoist);
}

Result<std::string> Emitter::Filter(const Operator& op, const sql::Filter& filter) {
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(op));
  const bool whole = hoist.columns.empty() && SameColumns(op.output, filter.input->output);
  block.select = whole ? std::vector<std::string>{"*"} : Columns(op.output);
  return Text(std::move(block), &hoist);
}

Result<std::string> Emitter::Aggregate(const Operator& op, const sql::Aggregate& aggregate) {
  if (!aggregate.sets.empty()) return GroupingSets(op, aggregate);
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*aggregate.input));
  std::vector<std::string> groups;
  for (const sql::NamedExpr& item : aggregate.groups) {
    TRY(const std::string text, Expr(*item.expr));
    block.select.push_back(text + " AS " + Name(item.column));
    groups.push_back(std::to_string(groups.size() + 1));
  }
  for (const sql::NamedExpr& item : aggregate.aggregates) {
    TRY(const std::string text, Expr(*item.expr));
    block.select.push_back(text + " AS " + Name(item.column));
  }
  if (!groups.empty()) block.tail = fmt::format("GROUP BY {}", fmt::join(groups, ", "));
  if (block.select.empty()) return Fail(ErrorKind::kUnsupported, "an aggregation without columns");
  std::string text = Text(std::move(block), &hoist);
  std::vector<Attribute> all;
  for (const auto& item : aggregate.groups) all.push_back(item.column);
  for (const auto& item : aggregate.aggregates) all.push_back(item.column);
  if (SameColumns(op.output, all)) return text;
  return Text(Block{Columns(op.output), Nested(text), {}, {}}, nullptr);
}

// The keys become columns below. Where there are no rows there is no group: DuckDB would give one
// for the set ().
Result<std::string> Emitter::GroupingSets(const Operator& op, const sql::Aggregate& aggregate) {
  Hoist below;
  hoist_ = &below;
  TRY(Block keys, InputBlock(*aggregate.input));
  if (!keys.from.empty()) keys.select.emplace_back("*");
  std::vector<std::string> names;
  for (const sql::NamedExpr& item : aggregate.groups) {
    TRY(const std::string text, Expr(*item.expr));
    names.push_back(Name(item.column));
    keys.select.push_back(text + " AS " + names.back());
  }
  if (keys.select.empty()) keys.select.emplace_back("TRUE");
  Hoist hoist;
  hoist_ = &hoist;
  Block block;
  block.from = Nested(Text(std::move(keys), &below));
  std::map<sql::ColumnId, std::string> texts;
  for (const sql::NamedExpr& item : aggregate.aggregates) {
    TRY(const std::string text, Expr(*item.expr));
    texts[item.column.id] = text + " AS " + Name(item.column);
  }
  if (aggregate.grouping_id) {
    const std::string bits =
        names.empty() ? "0" : fmt::format("GROUPING({})", fmt::join(names, ", "));
    texts[aggregate.grouping_id->id] =
        fmt::format("CAST({} AS BIGINT) AS {}", bits, Name(*aggregate.grouping_id));
  }
  for (const Attribute& column : op.output) {
    const auto text = texts.find(column.id);
    block.select.push_back(text == texts.end() ? Name(column) : text->second);
  }
  if (block.select.empty()) block.select.emplace_back("TRUE");
  std::vector<std::string> sets;
  for (const std::vector<int>& set : aggregate.sets) {
    std::vector<std::string> members;
    for (const int place : set) members.push_back(names[static_cast<size_t>(place)]);
    sets.push_back(fmt::format("({})", fmt::join(members, ", ")));
  }
  block.tail =
      fmt::format("GROUP BY GROUPING SETS ({})\nHAVING count(*) > 0", fmt::join(sets, ", "));
  return Text(std::move(block), &hoist);
}

Result<std::string> Emitter::Window(const Operator& op, const sql::WindowOp& window) {
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*window.input));
  std::map<sql::ColumnId, std::string> items;
  for (const sql::NamedExpr& item : window.items) {
    TRY(const std::string text, Expr(*item.expr));
    items[item.column.id] = text + " AS " + Name(item.column);
  }
  for (const Attribute& column : op.output) {
    const auto item = items.find(column.id);
    block.select.push_back(item == items.end() ? Name(column) : item->second);
  }
  return Text(std::move(block), &hoist);
}

Result<std::string> Emitter::Join(const Operator& op, const sql::JoinOp& join) {
  TRY(const std::string left, From(*join.left));
  TRY(const std::string right, From(*join.right));
  Block block;
  block.select = Columns(op.output);
  sql::JoinType type = join.type;
  std::string condition;
  if (join.condition) {
    if (type == sql::JoinType::kCross) type = sql::JoinType::kInner;
    TRY(condition, Expr(*join.condition));
    condition = " ON " + condition;
  } else if (type == sql::JoinType::kInner) {
    type = sql::JoinType::kCross;
  } else if (type != sql::JoinType::kCross) {
    condition = " ON TRUE";
  }
  // Aliases that no column has, so that a name is never taken for a table's.
  block.from = fmt::format("{} AS {}\n{} {} AS {}{}", left, FreshName("left"), JoinWords(type),
                           right, FreshName("right"), condition);
  return Text(std::move(block), nullptr);
}

Result<std::string> Emitter::SortKeys(const std::vector<sql::BoundSortKey>& keys) {
  std::vector<std::string> texts;
  for (const sql::BoundSortKey& key : keys) {
    TRY(std::string text, Expr(*key.expr));
    // A plain number would be taken for a column's position.
    if (std::holds_alternative<sql::BoundLiteral>(key.expr->node)) text = "(" + text + " IS NULL)";
    text = OrderKey(text, key.expr->type);
    texts.push_back(text + (key.descending ? " DESC" : " ASC") +
                    (key.nulls_first ? " NULLS FIRST" : " NULLS LAST"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

Result<std::string> Emitter::Sort(const Operator& op, const sql::Sort& sort) {
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*sort.input));
  block.select = Columns(op.output);
  TRY(const std::string keys, SortKeys(sort.keys));
  if (!keys.empty()) block.tail = "ORDER BY " + keys;
  return Text(std::move(block), &hoist);
}

Result<std::string> Emitter::Limit(const Operator& op, const sql::Limit& limit) {
  std::string tail;
  if (limit.limit) tail = fmt::format("LIMIT {}", *limit.limit);
  if (limit.offset > 0) tail += fmt::format("{}OFFSET {}", tail.empty() ? "" : " ", limit.offset);
  // Beside its ORDER BY, so that DuckDB keeps only the first rows while sorting.
  const auto* sort = std::get_if<sql::Sort>(&limit.input->node);
  if (sort != nullptr && SameColumns(op.output, limit.input->output)) {
    TRY(const std::string sorted, Query(*limit.input));
    return sorted + "\n" + tail;
  }
  TRY(Block block, InputBlock(*limit.input));
  block.select = Columns(op.output);
  block.tail = std::move(tail);
  return Text(std::move(block), nullptr);
}

Result<std::string> Emitter::SetOperation(const Operator& op, const sql::SetOperation& set) {
  const std::string word = set.type == sql::SetOpType::kUnion       ? "UNION"
                           : set.type == sql::SetOpType::kIntersect ? "INTERSECT"
                                                                    : "EXCEPT";
  std::vector<std::string> branches;
  for (const sql::OperatorPtr& input : set.inputs) {
    TRY(const std::string from, From(*input));
    std::vector<std::string> select;
    for (size_t i = 0; i < op.output.size(); ++i) {
      select.push_back(Name(input->output[i]) + " AS " + Name(op.output[i]));
    }
    if (select.empty()) select = Columns(op.output);
    branches.push_back(Text(Block{std::move(select), from, {}, {}}, nullptr));
  }
  const std::string between = fmt::format("\n{}{}\n", word, set.all ? " ALL" : "");
  std::string text = fmt::format("{}", fmt::join(branches, between));
  if (branches.size() <= 2 || set.type == sql::SetOpType::kUnion) return text;
  // INTERSECT binds tighter than EXCEPT; with more than two inputs, each step in parentheses.
  text = branches.front();
  for (size_t i = 1; i < branches.size(); ++i) text = Nested(text) + between + branches[i];
  return text;
}

Result<std::string> Emitter::Distinct(const Operator& op, const sql::Distinct& distinct) {
  TRY(Block block, InputBlock(*distinct.input));
  block.select = Columns(op.output);
  block.select.front() = "DISTINCT " + block.select.front();
  return Text(std::move(block), nullptr);
}

Result<Emission> Emit(const sql::Plan& plan, const EmitOptions& options) {
  Emitter emitter(options);
  TRY(std::string text, emitter.Query(*plan.root));
  return emitter.TakeEmission(std::move(text));
}

Result<std::string> EmitSql(const sql::Plan& plan) {
  const EmitOptions options{.scan = [](int index) { return fmt::format("scan_{}()", index); },
                            .query = "0",
                            .time_zone = "UTC"};
  TRY(const Emission emission, Emit(plan, options));
  return emission.sql;
}

}  // namespace oresmith::engine
