#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_carry_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

bool Gives(const Operator& op, ColumnId id) {
  return std::any_of(op.output.begin(), op.output.end(),
                     [&](const Attribute& column) { return column.id == id; });
}

bool KeepsLeft(JoinType type) { return type != JoinType::kRight && type != JoinType::kFull; }
bool KeepsRight(JoinType type) {
  return type == JoinType::kInner || type == JoinType::kCross || type == JoinType::kRight;
}

/// Whether the column can get from where it is defined to `op`.
bool CanCarry(const Operator& op, ColumnId id) {
  if (Gives(op, id)) return true;
  if (std::holds_alternative<Aggregate>(op.node) || std::holds_alternative<Distinct>(op.node)) {
    return false;
  }
  if (const auto* join = std::get_if<JoinOp>(&op.node)) {
    return (KeepsLeft(join->type) && CanCarry(*join->left, id)) ||
           (KeepsRight(join->type) && CanCarry(*join->right, id));
  }
  const auto* set = std::get_if<SetOperation>(&op.node);
  if (set != nullptr && (set->type != SetOpType::kUnion || !set->all)) return false;
  bool can = false;
  ForEachInput(op, [&](const Operator& input) { can = can || CanCarry(input, id); });
  return can;
}

class Carrier {
 public:
  explicit Carrier(int& next_column_id) : next_column_id_(next_column_id) {}

  /// REQUIRES: CanCarry(op, id).
  Attribute Carry(Operator& op, ColumnId id) {
    for (const Attribute& column : op.output) {
      if (column.id == id) return column;
    }
    if (auto* project = std::get_if<Project>(&op.node)) return CarryProject(op, *project, id);
    if (auto* join = std::get_if<JoinOp>(&op.node)) return CarryJoin(op, *join, id);
    if (auto* set = std::get_if<SetOperation>(&op.node)) return CarryUnion(op, *set, id);
    Attribute carried;
    ForEachInput(op, [&](OperatorPtr& input) {
      carried = Carry(*input, id);
      // The input's columns come first, the operator's own after them.
      const auto at = static_cast<std::ptrdiff_t>(input->output.size()) - 1;
      op.output.insert(op.output.begin() + at, carried);
    });
    return carried;
  }

 private:
  Attribute Fresh(Attribute column) {
    column.id = ColumnId{next_column_id_++};
    column.hidden = true;
    return column;
  }

  Attribute CarryProject(Operator& op, Project& project, ColumnId id) {
    const Attribute below = Carry(*project.input, id);
    const Attribute column = Fresh(below);
    project.items.push_back(
        {column, MakeExpr(below.type, below.nullable, op.span, BoundColumn{below.id})});
    op.output.push_back(column);
    return column;
  }

  Attribute CarryJoin(Operator& op, JoinOp& join, ColumnId id) {
    const bool left = KeepsLeft(join.type) && CanCarry(*join.left, id);
    if (!left) {
      const Attribute carried = Carry(*join.right, id);
      op.output.push_back(carried);
      return carried;
    }
    const auto at = static_cast<std::ptrdiff_t>(join.left->output.size());
    const Attribute carried = Carry(*join.left, id);
    op.output.insert(op.output.begin() + at, carried);
    return carried;
  }

  Attribute CarryUnion(Operator& op, SetOperation& set, ColumnId id) {
    Attribute result;
    for (OperatorPtr& input : set.inputs) {
      if (CanCarry(*input, id)) result = Carry(*input, id);
    }
    for (OperatorPtr& input : set.inputs) {
      if (Gives(*input, result.id)) {
        MoveToEnd(input, result);
        continue;
      }
      AppendNull(input, result);
    }
    result = Fresh(result);
    result.nullable = true;
    op.output.push_back(result);
    return result;
  }

  void MoveToEnd(OperatorPtr& input, const Attribute& last) {
    if (input->output.back().id == last.id) return;
    Project project = PassThrough(*input, last.id);
    project.items.push_back(
        {Fresh(last), MakeExpr(last.type, last.nullable, input->span, BoundColumn{last.id})});
    Wrap(input, std::move(project));
  }

  void AppendNull(OperatorPtr& input, const Attribute& like) {
    Project project = PassThrough(*input, like.id);
    Attribute column = Fresh(like);
    column.nullable = true;
    project.items.push_back({column, MakeExpr(like.type, true, input->span, BoundLiteral{})});
    Wrap(input, std::move(project));
  }

  // All columns but `left_out`, under new ids.
  Project PassThrough(const Operator& op, ColumnId left_out) {
    Project project;
    for (const Attribute& column : op.output) {
      if (column.id == left_out) continue;
      const bool hidden = column.hidden;
      Attribute fresh = Fresh(column);
      fresh.hidden = hidden;
      project.items.push_back(
          {fresh, MakeExpr(column.type, column.nullable, op.span, BoundColumn{column.id})});
    }
    return project;
  }

  static void Wrap(OperatorPtr& input, Project project) {
    std::vector<Attribute> output;
    for (const NamedExpr& item : project.items) output.push_back(item.column);
    const Span span = input->span;
    project.input = std::move(input);
    input = MakeOperator(std::move(output), span, std::move(project));
  }

  int& next_column_id_;
};

}  // namespace

std::optional<Attribute> CarryUp(Operator& op, ColumnId id, int& next_column_id) {
  if (!CanCarry(op, id)) return std::nullopt;
  return Carrier(next_column_id).Carry(op, id);
}

void FindHidden(const Operator& op, std::string_view name, std::vector<Attribute>& found) {
  if (std::holds_alternative<Scan>(op.node)) {
    for (const Attribute& column : op.output) {
      if (column.hidden && SameName(column.name, name)) found.push_back(column);
    }
  }
  ForEachInput(op, [&](const Operator& input) { FindHidden(input, name, found); });
}

std::optional<Attribute> CarryToRoot(Plan& plan, ColumnId id) {
  if (!CanCarry(*plan.root, id)) return std::nullopt;
  Attribute carried = Carrier(plan.next_column_id).Carry(*plan.root, id);
  if (plan.root->output.back().id == carried.id) return carried;
  // The root gives it already, or gives columns of its own after it: a copy becomes the last.
  Project project;
  std::vector<Attribute> output;
  for (const Attribute& column : plan.root->output) {
    if (column.id == carried.id && column.hidden) continue;
    Attribute fresh = column;
    fresh.id = ColumnId{plan.next_column_id++};
    output.push_back(fresh);
    project.items.push_back(
        {fresh, MakeExpr(column.type, column.nullable, plan.root->span, BoundColumn{column.id})});
  }
  Attribute last = carried;
  last.id = ColumnId{plan.next_column_id++};
  last.hidden = true;
  output.push_back(last);
  project.items.push_back(
      {last, MakeExpr(carried.type, carried.nullable, plan.root->span, BoundColumn{carried.id})});
  const Span span = plan.root->span;
  project.input = std::move(plan.root);
  plan.root = MakeOperator(std::move(output), span, std::move(project));
  return last;
}

}  // namespace oresmith::sql
