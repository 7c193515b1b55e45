#include "command/push_down.h"

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "delta/value_text.h"
#include "sql/functions.h"

namespace oresmith::command {
namespace {

using delta::Comparison;
using delta::Literal;
using delta::Predicate;
using types::Type;
using types::TypeId;

/// Conditions nest as deep as the text of the query; past this they count as Anything.
constexpr int kDepthMax = 200;

/// Whether the cast gives each value as it was: the bounds before it are those after it.
bool KeepsValues(const Type& from, const Type& to) {
  if (from == to) return true;
  if (from.IsIntegral() && to.IsIntegral()) return from.id() <= to.id();
  if (from.Is(TypeId::kFloat) && to.Is(TypeId::kDouble)) return true;
  if (from.IsIntegral() && to.Is(TypeId::kDecimal)) {
    constexpr int kLongDigits = 19;
    return to.precision() - to.scale() >= kLongDigits || from.id() < TypeId::kLong;
  }
  return from.Is(TypeId::kDecimal) && to.Is(TypeId::kDecimal) && to.scale() >= from.scale() &&
         to.precision() - to.scale() >= from.precision() - from.scale();
}

std::optional<double> ToReal(const Literal& literal) {
  if (const auto* whole = std::get_if<int64_t>(&literal.value)) {
    return static_cast<double>(*whole);
  }
  if (const auto* real = std::get_if<double>(&literal.value)) return *real;
  const auto* text = std::get_if<std::string>(&literal.value);
  if (text == nullptr || !literal.type.Is(TypeId::kDecimal)) return std::nullopt;
  double real = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), real);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return real;
}

/// A constant that is cast, where its value is plain.
std::optional<Literal> CastLiteral(Literal literal, const Type& to) {
  if (std::holds_alternative<std::monostate>(literal.value)) return Literal{to, {}};
  const Type& from = literal.type;
  if (from.Is(TypeId::kString) && to.Is(TypeId::kDate)) {
    const auto days = delta::ParseDate(std::get<std::string>(literal.value));
    if (!days) return std::nullopt;
    return Literal{to, int64_t{*days}};
  }
  if (to.Is(TypeId::kDouble) && from.IsNumeric()) {
    const std::optional<double> real = ToReal(literal);
    if (!real) return std::nullopt;
    return Literal{to, *real};
  }
  if (!KeepsValues(from, to)) return std::nullopt;
  // Of an integer as a decimal, and of a decimal with more digits, the value says enough.
  const bool keeps_form = from.id() == to.id() || (from.IsIntegral() && to.IsIntegral());
  if (keeps_form) literal.type = to;
  return literal;
}

std::optional<Literal> LiteralOf(const sql::BoundExpr& expr, int depth) {
  if (depth > kDepthMax) return std::nullopt;
  if (const auto* literal = std::get_if<sql::BoundLiteral>(&expr.node)) {
    return Literal{expr.type, literal->value};
  }
  if (const auto* cast = std::get_if<sql::BoundCast>(&expr.node)) {
    auto operand = LiteralOf(*cast->operand, depth + 1);
    if (!operand) return std::nullopt;
    return CastLiteral(std::move(*operand), expr.type);
  }
  return std::nullopt;
}

/// Words of the plan's operators for comparisons, and what they are with their sides exchanged.
struct Word {
  std::string_view name;
  Comparison comparison;
  Comparison exchanged;
};
constexpr Word kWords[] = {
    {"=", Comparison::kEqual, Comparison::kEqual},
    {"<>", Comparison::kNotEqual, Comparison::kNotEqual},
    {"<", Comparison::kLess, Comparison::kGreater},
    {"<=", Comparison::kLessOrEqual, Comparison::kGreaterOrEqual},
    {">", Comparison::kGreater, Comparison::kLess},
    {">=", Comparison::kGreaterOrEqual, Comparison::kLessOrEqual},
};

bool IsAnything(const Predicate& predicate) { return predicate.kind == Predicate::Kind::kAnything; }

/// `abc%`: the text that LIKE demands at the front; absent for any other pattern.
std::optional<std::string> PrefixOfPattern(const std::string& pattern) {
  const size_t wildcard = pattern.find_first_of("%_\\");
  if (wildcard == 0 || wildcard + 1 != pattern.size() || pattern[wildcard] != '%') {
    return std::nullopt;
  }
  return pattern.substr(0, wildcard);
}

/// Follows conditions down to the scans.
class Walk {
 public:
  explicit Walk(int scan_count) : predicates_(static_cast<size_t>(scan_count)) {}

  using Conditions = std::vector<const sql::BoundExpr*>;
  void Down(const sql::Operator& op, Conditions conditions);
  std::vector<Predicate> Take() { return std::move(predicates_); }

 private:
  void DownJoin(const sql::JoinOp& join, Conditions conditions);
  void AtScan(const sql::Operator& op, const Conditions& conditions);
  std::optional<delta::ColumnPath> PathOf(const sql::BoundExpr& expr, int depth) const;
  Predicate ToPredicate(const sql::BoundExpr& expr, int depth) const;
  Predicate CallToPredicate(const sql::BoundCall& call, int depth) const;
  Predicate Compare(const sql::BoundExpr& left, const sql::BoundExpr& right, const Word& word,
                    int depth) const;
  Predicate In(const sql::BoundCall& call, int depth) const;
  Predicate StartsWith(const sql::BoundCall& call, bool is_pattern, int depth) const;

  std::vector<Predicate> predicates_;
  std::map<sql::ColumnId, const sql::BoundExpr*> aliases_;  // of the projects on the way
  std::map<sql::ColumnId, std::string> columns_;            // of the scan that is looked at
};

void Walk::Down(const sql::Operator& op, Conditions conditions) {
  if (std::holds_alternative<sql::Scan>(op.node)) return AtScan(op, conditions);
  if (const auto* filter = std::get_if<sql::Filter>(&op.node)) {
    conditions.push_back(filter->condition.get());
    return Down(*filter->input, std::move(conditions));
  }
  if (const auto* project = std::get_if<sql::Project>(&op.node)) {
    for (const sql::NamedExpr& item : project->items) aliases_[item.column.id] = item.expr.get();
    return Down(*project->input, std::move(conditions));
  }
  if (const auto* generate = std::get_if<sql::Generate>(&op.node)) {
    return Down(*generate->input, std::move(conditions));
  }
  if (const auto* sort = std::get_if<sql::Sort>(&op.node)) {
    return Down(*sort->input, std::move(conditions));
  }
  if (const auto* join = std::get_if<sql::JoinOp>(&op.node)) {
    return DownJoin(*join, std::move(conditions));
  }
  // The others make rows of many: what is demanded of theirs says nothing of their inputs'.
  if (const auto* aggregate = std::get_if<sql::Aggregate>(&op.node)) Down(*aggregate->input, {});
  if (const auto* window = std::get_if<sql::WindowOp>(&op.node)) Down(*window->input, {});
  if (const auto* limit = std::get_if<sql::Limit>(&op.node)) Down(*limit->input, {});
  if (const auto* distinct = std::get_if<sql::Distinct>(&op.node)) Down(*distinct->input, {});
  if (const auto* set = std::get_if<sql::SetOperation>(&op.node)) {
    for (const sql::OperatorPtr& input : set->inputs) Down(*input, {});
  }
}

void Walk::DownJoin(const sql::JoinOp& join, Conditions conditions) {
  using sql::JoinType;
  const bool is_inner = join.type == JoinType::kInner || join.type == JoinType::kCross;
  const bool keeps_left = join.type == JoinType::kLeft || join.type == JoinType::kLeftSemi ||
                          join.type == JoinType::kLeftAnti;
  if (is_inner && join.condition != nullptr) conditions.push_back(join.condition.get());
  // Rows of the side that may be missing come in by the join's condition alone.
  Conditions partners;
  if (join.condition != nullptr) partners.push_back(join.condition.get());
  const bool keeps_right = join.type == JoinType::kRight;
  // Conditions on the other side's columns come to nothing at a scan.
  Down(*join.left, is_inner || keeps_left ? conditions : keeps_right ? partners : Conditions());
  Down(*join.right, is_inner || keeps_right        ? conditions
                    : join.type == JoinType::kLeft ? partners
                                                   : Conditions());
}

void Walk::AtScan(const sql::Operator& op, const Conditions& conditions) {
  const auto& scan = std::get<sql::Scan>(op.node);
  columns_.clear();
  for (const sql::Attribute& column : op.output) {
    if (!column.hidden) columns_[column.id] = column.name;
  }
  std::vector<Predicate> all;
  for (const sql::BoundExpr* condition : conditions) {
    Predicate predicate = ToPredicate(*condition, 0);
    if (!IsAnything(predicate)) all.push_back(std::move(predicate));
  }
  if (!all.empty()) predicates_[static_cast<size_t>(scan.index)] = Predicate::And(std::move(all));
}

/// The column of the scan that the expression is.
std::optional<delta::ColumnPath> Walk::PathOf(const sql::BoundExpr& expr, int depth) const {
  if (depth > kDepthMax) return std::nullopt;
  if (const auto* column = std::get_if<sql::BoundColumn>(&expr.node)) {
    if (const auto own = columns_.find(column->id); own != columns_.end()) {
      return delta::ColumnPath{own->second};
    }
    const auto alias = aliases_.find(column->id);
    return alias != aliases_.end() ? PathOf(*alias->second, depth + 1) : std::nullopt;
  }
  if (const auto* field = std::get_if<sql::BoundField>(&expr.node)) {
    auto path = PathOf(*field->base, depth + 1);
    if (path) path->push_back(field->name);
    return path;
  }
  const auto* cast = std::get_if<sql::BoundCast>(&expr.node);
  if (cast == nullptr || !KeepsValues(cast->operand->type, expr.type)) return std::nullopt;
  return PathOf(*cast->operand, depth + 1);
}

Predicate Walk::ToPredicate(const sql::BoundExpr& expr, int depth) const {
  if (depth > kDepthMax) return Predicate::Anything();
  if (const auto* call = std::get_if<sql::BoundCall>(&expr.node)) {
    return CallToPredicate(*call, depth);
  }
  const bool is_flag = expr.type.Is(TypeId::kBoolean);
  const auto path = is_flag ? PathOf(expr, depth) : std::nullopt;
  if (path) return Predicate::Compare(*path, Comparison::kEqual, {expr.type, true});
  // A condition that a project computes.
  const auto* column = std::get_if<sql::BoundColumn>(&expr.node);
  const auto alias = column != nullptr ? aliases_.find(column->id) : aliases_.end();
  if (alias == aliases_.end()) return Predicate::Anything();
  return ToPredicate(*alias->second, depth + 1);
}

Predicate Walk::CallToPredicate(const sql::BoundCall& call, int depth) const {
  const std::string_view name = call.function->name;
  const auto argument = [&](size_t i) { return ToPredicate(*call.args[i], depth + 1); };
  if (name == "and" || name == "or") {
    // One side that is Anything must stay: under a NOT it is what keeps rows.
    std::vector<Predicate> both{argument(0), argument(1)};
    if (IsAnything(both[0]) && IsAnything(both[1])) return Predicate::Anything();
    return name == "and" ? Predicate::And(std::move(both)) : Predicate::Or(std::move(both));
  }
  if (name == "not") return Predicate::Not(argument(0));
  for (const Word& word : kWords) {
    if (name == word.name) return Compare(*call.args[0], *call.args[1], word, depth);
  }
  if (name == "between") {
    return Predicate::And({Compare(*call.args[0], *call.args[1], kWords[5], depth),
                           Compare(*call.args[0], *call.args[2], kWords[3], depth)});
  }
  if (name == "isnull" || name == "isnotnull") {
    const auto path = PathOf(*call.args[0], depth);
    if (!path) return Predicate::Anything();
    Predicate is_null = Predicate::IsNull(*path);
    return name == "isnull" ? is_null : Predicate::Not(std::move(is_null));
  }
  if (name == "in") return In(call, depth);
  if (name == "startswith") return StartsWith(call, /*is_pattern=*/false, depth);
  if (name == "like" && call.args.size() == 2) return StartsWith(call, /*is_pattern=*/true, depth);
  return Predicate::Anything();
}

Predicate Walk::Compare(const sql::BoundExpr& left, const sql::BoundExpr& right, const Word& word,
                        int depth) const {
  const auto left_path = PathOf(left, depth);
  const auto right_path = left_path ? std::nullopt : PathOf(right, depth);
  auto literal = LiteralOf(left_path ? right : left, depth);
  if (!literal || (!left_path && !right_path)) return Predicate::Anything();
  return left_path ? Predicate::Compare(*left_path, word.comparison, std::move(*literal))
                   : Predicate::Compare(*right_path, word.exchanged, std::move(*literal));
}

Predicate Walk::In(const sql::BoundCall& call, int depth) const {
  const auto path = PathOf(*call.args[0], depth);
  if (!path) return Predicate::Anything();
  std::vector<Literal> literals;
  for (size_t i = 1; i < call.args.size(); ++i) {
    auto literal = LiteralOf(*call.args[i], depth);
    if (!literal) return Predicate::Anything();
    literals.push_back(std::move(*literal));
  }
  return Predicate::In(*path, std::move(literals));
}

Predicate Walk::StartsWith(const sql::BoundCall& call, bool is_pattern, int depth) const {
  const auto path = PathOf(*call.args[0], depth);
  const auto literal = LiteralOf(*call.args[1], depth);
  if (!path || !literal || !call.args[0]->type.Is(TypeId::kString) ||
      !literal->type.Is(TypeId::kString)) {
    return Predicate::Anything();
  }
  const auto* text = std::get_if<std::string>(&literal->value);
  if (text == nullptr) return Predicate::Anything();
  const auto prefix = is_pattern ? PrefixOfPattern(*text) : std::optional(*text);
  return prefix ? Predicate::StartsWith(*path, *prefix) : Predicate::Anything();
}

}  // namespace

std::vector<Predicate> PushedDown(const sql::Plan& plan) {
  Walk walk(plan.scan_count);
  walk.Down(*plan.root, {});
  return walk.Take();
}

}  // namespace oresmith::command
