#include "sql/plan_increment.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

using types::TypeId;

/// Same inputs, same value, whenever it is asked.
bool IsTimeless(const Operator& op) {
  bool timeless = true;
  ForEachExpr(op, [&](const BoundExpr& expr) {
    if (!IsDeterministic(expr)) timeless = false;
    VisitDeep(expr, [&](const BoundExpr& part) {
      if (std::holds_alternative<BoundSubquery>(part.node)) timeless = false;
      const auto* call = std::get_if<BoundCall>(&part.node);
      if (call == nullptr) return;
      const std::string_view name = call->function->name;
      if (name == "current_timestamp" || name == "current_date") timeless = false;
    });
  });
  return timeless;
}

void CollectScans(const Operator& op, std::set<int>& scans) {
  if (const auto* scan = std::get_if<Scan>(&op.node)) scans.insert(scan->index);
  ForEachInput(op, [&](const Operator& input) { CollectScans(input, scans); });
}

LinearScans LinearOf(const Operator& op);

LinearScans LinearOfJoin(const JoinOp& join) {
  const LinearScans left = LinearOf(*join.left);
  const LinearScans right = LinearOf(*join.right);
  LinearScans linear;
  const bool both = join.type == JoinType::kInner || join.type == JoinType::kCross;
  // An outer or semi join adds rows for the rows of the side that it keeps.
  const bool keeps_left = join.type == JoinType::kLeft || join.type == JoinType::kLeftSemi ||
                          join.type == JoinType::kLeftAnti;
  if (both || keeps_left) linear.insert(left.begin(), left.end());
  if (both || join.type == JoinType::kRight) linear.insert(right.begin(), right.end());
  return linear;
}

LinearScans LinearOfUnion(const SetOperation& set) {
  if (set.type != SetOpType::kUnion || !set.all) return {};
  std::vector<std::set<int>> scans;
  std::vector<LinearScans> linears;
  std::set<int> all;
  for (const OperatorPtr& input : set.inputs) {
    linears.push_back(LinearOf(*input));
    // A side that has rows by itself would give them again.
    if (linears.back().empty()) return {};
    CollectScans(*input, scans.emplace_back());
    all.insert(scans.back().begin(), scans.back().end());
  }
  LinearScans linear;
  for (size_t i = 0; i < linears.size(); ++i) {
    for (auto& [scan, silent] : linears[i]) {
      std::set_difference(all.begin(), all.end(), scans[i].begin(), scans[i].end(),
                          std::inserter(silent, silent.end()));
      linear.emplace(scan, silent);
    }
  }
  return linear;
}

LinearScans LinearOf(const Operator& op) {
  if (!IsTimeless(op)) return {};
  if (const auto* scan = std::get_if<Scan>(&op.node)) return {{scan->index, {}}};
  if (const auto* project = std::get_if<Project>(&op.node)) return LinearOf(*project->input);
  if (const auto* filter = std::get_if<Filter>(&op.node)) return LinearOf(*filter->input);
  if (const auto* generate = std::get_if<Generate>(&op.node)) return LinearOf(*generate->input);
  if (const auto* join = std::get_if<JoinOp>(&op.node)) return LinearOfJoin(*join);
  if (const auto* set = std::get_if<SetOperation>(&op.node)) return LinearOfUnion(*set);
  return {};
}

bool CanBeKept(const types::Type& type) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
    case TypeId::kVariant:
    case TypeId::kMap:
      return false;
    case TypeId::kArray:
      return CanBeKept(type.element());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const types::Field& field) { return CanBeKept(field.type); });
    default:
      return true;
  }
}

/// How the values of one aggregate are kept, put together, and made its value.
class PartBuilder {
 public:
  explicit PartBuilder(int& next_id) : next_id_(next_id) {}

  /// Nothing when a value cannot be kept or merged; `groups` and `aggregates` are then untouched.
  static bool CanMerge(const std::vector<NamedExpr>& groups,
                       const std::vector<NamedExpr>& aggregates) {
    for (const NamedExpr& group : groups) {
      if (!CanBeKept(group.expr->type)) return false;
    }
    return std::all_of(aggregates.begin(), aggregates.end(), [](const NamedExpr& item) {
      const auto& node = std::get<BoundAggregate>(item.expr->node);
      return CanMerge(node, item.expr->type);
    });
  }

  /// `index`: of the part. `grouping` becomes a projection over its state.
  GroupedPart Build(Operator& grouping, int index) {
    if (auto* distinct = std::get_if<Distinct>(&grouping.node)) {
      OperatorPtr input = std::move(distinct->input);
      for (const Attribute& column : input->output) {
        AddGroup(column, ColumnOf(column, grouping.span), grouping.span);
      }
      return Finish(std::move(input), grouping, index);
    }
    auto& aggregate = std::get<Aggregate>(grouping.node);
    OperatorPtr input = std::move(aggregate.input);
    for (NamedExpr& group : aggregate.groups) {
      AddGroup(group.column, std::move(group.expr), grouping.span);
    }
    for (NamedExpr& item : aggregate.aggregates) AddAggregate(item);
    return Finish(std::move(input), grouping, index);
  }

 private:
  static bool CanMerge(const BoundAggregate& node, const types::Type& type) {
    constexpr std::array<std::string_view, 15> kMerged{
        "count",  "count:several", "count_if", "sum",     "avg",     "avg:decimal", "min",    "max",
        "min_by", "max_by",        "bool_and", "bool_or", "bit_and", "bit_or",      "bit_xor"};
    const bool known =
        std::find(kMerged.begin(), kMerged.end(), node.function->name) != kMerged.end();
    if (!known || node.distinct || node.ignore_nulls || !node.order_by.empty()) return false;
    const auto keepable = [](const BoundPtr& arg) {
      return CanBeKept(arg->type) && CloneExpr(*arg) != nullptr;
    };
    return CanBeKept(type) && std::all_of(node.args.begin(), node.args.end(), keepable) &&
           (node.filter == nullptr || CloneExpr(*node.filter) != nullptr);
  }

  static BoundPtr ColumnOf(const Attribute& column, Span span) {
    return MakeExpr(column.type, column.nullable, span, BoundColumn{column.id});
  }
  Attribute NewColumn(std::string name, types::Type type) {
    return {.id = ColumnId{next_id_++}, .name = std::move(name), .type = std::move(type)};
  }

  /// One column of the state. `value`: of input rows; `merge`: the function that puts two together,
  /// empty for a group. Gives the column as the rest of the plan sees it.
  Attribute AddColumn(BoundPtr value, std::string_view merge, Span span) {
    const types::Type type = value->type;
    const std::string name = fmt::format("c{}", state_.size());
    state_.push_back({.name = name, .type = type, .nullable = true});
    const Attribute read = NewColumn(name, type);
    merge_scan_.push_back(read);
    std::vector<NamedExpr>& merged = merge.empty() ? merge_groups_ : merge_aggregates_;
    BoundPtr merge_value = ColumnOf(read, span);
    if (!merge.empty()) {
      BoundAggregate node;
      node.function = FindFunction(merge);
      node.args.push_back(std::move(merge_value));
      if (merge.ends_with("_by")) node.args.push_back(nullptr);  // AddExtremeBy fills it in
      merge_value = MakeExpr(type, true, span, std::move(node));
    }
    merged.push_back({NewColumn(name, type), std::move(merge_value)});
    std::vector<NamedExpr>& partial = merge.empty() ? partial_groups_ : partial_aggregates_;
    partial.push_back({NewColumn(name, type), std::move(value)});
    final_scan_.push_back(NewColumn(name, type));
    return final_scan_.back();
  }

  void AddGroup(const Attribute& column, BoundPtr value, Span span) {
    const Attribute kept = AddColumn(std::move(value), "", span);
    final_items_.push_back({column, ColumnOf(kept, span)});
  }

  static BoundPtr Call(const FunctionEntry& function, const types::Type& type,
                       const BoundAggregate& from, Span span) {
    BoundAggregate node;
    node.function = &function;
    for (const BoundPtr& arg : from.args) node.args.push_back(CloneExpr(*arg));
    if (from.filter) node.filter = CloneExpr(*from.filter);
    return MakeExpr(type, true, span, std::move(node));
  }

  void AddAggregate(NamedExpr& item) {
    const auto& node = std::get<BoundAggregate>(item.expr->node);
    const std::string_view name = node.function->name;
    const Span span = item.expr->span;
    if (name == "avg" || name == "avg:decimal") return AddAverage(item, node, span);
    if (name.ends_with("_by")) return AddExtremeBy(item, node, span);
    const bool counts = name.starts_with("count");
    const Attribute kept =
        AddColumn(std::move(item.expr), counts ? std::string_view("sum") : name, span);
    BoundPtr value = ColumnOf(kept, span);
    value->nullable = item.column.nullable;
    final_items_.push_back({item.column, std::move(value)});
  }

  /// Sum and number: the value is made when it is asked for, as the whole would be.
  void AddAverage(NamedExpr& item, const BoundAggregate& node, Span span) {
    const types::Type number(TypeId::kLong);
    const bool decimal = node.function->name == "avg:decimal";
    const types::Type sum_type = decimal ? types::Type::Decimal(38, node.args[0]->type.scale())
                                         : types::Type(TypeId::kDouble);
    const Attribute sum = AddColumn(Call(*FindFunction("sum"), sum_type, node, span), "sum", span);
    const Attribute count =
        AddColumn(Call(*FindFunction("count"), number, node, span), "sum", span);
    if (decimal) {
      BoundCall divide{.function = node.function, .args = {}};
      divide.args.push_back(ColumnOf(sum, span));
      divide.args.push_back(ColumnOf(count, span));
      final_items_.push_back(
          {item.column, MakeExpr(item.expr->type, true, span, std::move(divide))});
      return;
    }
    // sum is NULL when nothing was counted.
    BoundCall test{.function = FindFunction("isnotnull"), .args = {}};
    test.args.push_back(ColumnOf(sum, span));
    BoundCall divide{.function = FindFunction("/"), .args = {}};
    divide.args.push_back(ColumnOf(sum, span));
    divide.args.push_back(
        MakeExpr(sum_type, true, span, BoundCast{.operand = ColumnOf(count, span)}));
    BoundCase value;
    value.branches.emplace_back(
        MakeExpr(types::Type(TypeId::kBoolean), false, span, std::move(test)),
        MakeExpr(sum_type, true, span, std::move(divide)));
    final_items_.push_back({item.column, MakeExpr(sum_type, true, span, std::move(value))});
  }

  /// min_by(x, y): x and its y.
  void AddExtremeBy(NamedExpr& item, const BoundAggregate& node, Span span) {
    const std::string_view extreme = node.function->name.substr(0, 3);
    BoundPtr order = Call(*FindFunction(extreme), node.args[1]->type, node, span);
    auto& order_args = std::get<BoundAggregate>(order->node).args;
    order_args.erase(order_args.begin());
    const std::string_view name = node.function->name;
    const Attribute kept = AddColumn(std::move(item.expr), name, span);
    const size_t at = merge_aggregates_.size() - 1;
    static_cast<void>(AddColumn(std::move(order), extreme, span));
    std::get<BoundAggregate>(merge_aggregates_[at].expr->node).args[1] =
        ColumnOf(merge_scan_.back(), span);
    final_items_.push_back({item.column, ColumnOf(kept, span)});
  }

  static std::vector<int> AllColumns(size_t count) {
    std::vector<int> columns(count);
    for (size_t i = 0; i < count; ++i) columns[i] = static_cast<int>(i);
    return columns;
  }

  OperatorPtr StateScan(std::vector<Attribute> output, int index, Span span) const {
    Scan scan{.index = index, .name = "state", .source = "", .stream = false, .columns = {}};
    scan.columns = AllColumns(output.size());
    return MakeOperator(std::move(output), span, std::move(scan));
  }

  static OperatorPtr Grouping(OperatorPtr input, std::vector<NamedExpr> groups,
                              std::vector<NamedExpr> aggregates, Span span) {
    std::vector<Attribute> output;
    for (const NamedExpr& item : groups) output.push_back(item.column);
    for (const NamedExpr& item : aggregates) output.push_back(item.column);
    return MakeOperator(std::move(output), span,
                        Aggregate{.input = std::move(input),
                                  .groups = std::move(groups),
                                  .aggregates = std::move(aggregates)});
  }

  GroupedPart Finish(OperatorPtr input, Operator& grouping, int index) {
    GroupedPart part;
    part.linear = LinearOf(*input);
    part.state = std::move(state_);
    const Span span = grouping.span;
    part.partial.plan.root = Grouping(std::move(input), std::move(partial_groups_),
                                      std::move(partial_aggregates_), span);
    part.merge.root = Grouping(StateScan(std::move(merge_scan_), 0, span), std::move(merge_groups_),
                               std::move(merge_aggregates_), span);
    part.merge.scan_count = 1;
    grouping.node = Project{.input = StateScan(std::move(final_scan_), -1 - index, span),
                            .items = std::move(final_items_)};
    return part;
  }

  int& next_id_;
  types::Schema state_;
  std::vector<NamedExpr> partial_groups_, partial_aggregates_;
  std::vector<NamedExpr> merge_groups_, merge_aggregates_;
  std::vector<Attribute> merge_scan_, final_scan_;
  std::vector<NamedExpr> final_items_;
};

class Splitter {
 public:
  explicit Splitter(int& next_id) : next_id_(next_id) {}

  void Visit(Operator& op) {
    if (TakePart(op)) return;
    ForEachInput(op, [&](OperatorPtr& input) { Visit(*input); });
  }
  std::vector<GroupedPart> Take() { return std::move(parts_); }

 private:
  bool TakePart(Operator& op) {
    const auto* aggregate = std::get_if<Aggregate>(&op.node);
    const auto* distinct = std::get_if<Distinct>(&op.node);
    if (aggregate == nullptr && distinct == nullptr) return false;
    const Operator& input = aggregate != nullptr ? *aggregate->input : *distinct->input;
    if (!IsTimeless(op) || LinearOf(input).empty()) return false;
    const bool merges =
        aggregate != nullptr
            ? aggregate->sets.empty() &&
                  PartBuilder::CanMerge(aggregate->groups, aggregate->aggregates)
            : std::all_of(input.output.begin(), input.output.end(),
                          [](const Attribute& column) { return CanBeKept(column.type); });
    if (!merges) return false;
    parts_.push_back(PartBuilder(next_id_).Build(op, static_cast<int>(parts_.size())));
    return true;
  }

  int& next_id_;
  std::vector<GroupedPart> parts_;
};

}  // namespace

std::vector<int> Renumber(Plan& plan) {
  std::vector<int> before;
  for (Operator* op : MutableScans(plan)) {
    Scan& scan = std::get<Scan>(op->node);
    before.push_back(scan.index);
    scan.index = static_cast<int>(before.size()) - 1;
  }
  plan.scan_count = static_cast<int>(before.size());
  return before;
}

std::optional<GroupedPart> TakeGrouping(Operator& op, int index, int& next_column_id) {
  const auto& aggregate = std::get<Aggregate>(op.node);
  const bool merges =
      aggregate.sets.empty() && PartBuilder::CanMerge(aggregate.groups, aggregate.aggregates);
  if (!merges) return std::nullopt;
  return PartBuilder(next_column_id).Build(op, index);
}

SplitPlan SplitForIncrement(Plan plan) {
  SplitPlan split;
  split.linear = LinearOf(*plan.root);
  if (split.linear.empty()) {
    Splitter splitter(plan.next_column_id);
    splitter.Visit(*plan.root);
    split.parts = splitter.Take();
  }
  for (GroupedPart& part : split.parts) {
    part.partial.plan.next_column_id = plan.next_column_id;
    part.merge.next_column_id = plan.next_column_id;
    part.partial.scans = Renumber(part.partial.plan);
  }
  split.rest.plan = std::move(plan);
  split.rest.scans = Renumber(split.rest.plan);
  return split;
}

}  // namespace oresmith::sql
