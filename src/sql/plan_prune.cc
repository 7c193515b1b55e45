// Removes columns that nobody needs.

#include <algorithm>
#include <set>
#include <utility>

#include "sql/plan.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

using Ids = std::set<ColumnId>;

Ids IdsOf(const std::vector<Attribute>& columns) {
  Ids ids;
  for (const Attribute& column : columns) ids.insert(column.id);
  return ids;
}

void AddReferences(const BoundExpr& expr, Ids& ids) {
  VisitDeep(expr, [&](const BoundExpr& part) {
    if (const auto* column = std::get_if<BoundColumn>(&part.node)) ids.insert(column->id);
  });
}

class Pruner {
 public:
  /// `kept`: what scans give in any case.
  Pruner(int& next_column_id, Ids kept) : next_column_id_(next_column_id), kept_(std::move(kept)) {}

  void Prune(OperatorPtr& op, const Ids& needed) {
    if (!op->event_time) {
      std::visit([&](auto& node) { PruneNode(op, node, needed); }, op->node);
      return;
    }
    Ids with_time = needed;
    with_time.insert(op->event_time->column);
    std::visit([&](auto& node) { PruneNode(op, node, with_time); }, op->node);
  }

 private:
  void PruneNode(OperatorPtr& op, Scan& scan, const Ids& needed) {
    std::vector<Attribute> output;
    std::vector<int> columns;
    for (size_t i = 0; i < op->output.size(); ++i) {
      if (needed.count(op->output[i].id) == 0 && kept_.count(op->output[i].id) == 0) continue;
      output.push_back(op->output[i]);
      columns.push_back(scan.columns[i]);
    }
    // The rows must still be counted: one column stays.
    if (output.empty() && !op->output.empty()) {
      output.push_back(op->output[0]);
      columns.push_back(scan.columns[0]);
    }
    op->output = std::move(output);
    scan.columns = std::move(columns);
  }

  void PruneNode(OperatorPtr& op, Values& /*values*/, const Ids& /*needed*/) {
    PruneSubqueries(*op);
  }

  void PruneNode(OperatorPtr& op, Project& project, const Ids& needed) {
    KeepNeeded(project.items, needed, 1);
    op->output.clear();
    for (const NamedExpr& item : project.items) op->output.push_back(item.column);
    PruneInput(*op, project.input, {});
  }

  void PruneNode(OperatorPtr& op, Aggregate& aggregate, const Ids& needed) {
    if (aggregate.grouping_id && needed.count(aggregate.grouping_id->id) == 0) {
      aggregate.grouping_id.reset();
    }
    const bool bare = aggregate.groups.empty() && !aggregate.grouping_id;
    KeepNeeded(aggregate.aggregates, needed, bare ? 1 : 0);
    op->output.clear();
    for (const NamedExpr& item : aggregate.groups) op->output.push_back(item.column);
    for (const NamedExpr& item : aggregate.aggregates) op->output.push_back(item.column);
    if (aggregate.grouping_id) op->output.push_back(*aggregate.grouping_id);
    PruneInput(*op, aggregate.input, {});
  }

  void PruneNode(OperatorPtr& op, WindowOp& window, const Ids& needed) {
    KeepNeeded(window.items, needed, 0);
    PruneInput(*op, window.input, needed);
    if (window.items.empty()) {
      OperatorPtr input = std::move(window.input);
      op = std::move(input);
      return;
    }
    std::vector<Attribute> output = window.input->output;
    for (const NamedExpr& item : window.items) output.push_back(item.column);
    op->output = std::move(output);
  }

  void PruneNode(OperatorPtr& op, Filter& filter, const Ids& needed) {
    PruneInput(*op, filter.input, needed);
    op->output = filter.input->output;
  }
  void PruneNode(OperatorPtr& op, Sort& sort, const Ids& needed) {
    PruneInput(*op, sort.input, needed);
    op->output = sort.input->output;
  }
  void PruneNode(OperatorPtr& op, Limit& limit, const Ids& needed) {
    PruneInput(*op, limit.input, needed);
    op->output = limit.input->output;
  }
  void PruneNode(OperatorPtr& op, Distinct& distinct, const Ids& /*needed*/) {
    PruneInput(*op, distinct.input, IdsOf(distinct.input->output));
  }

  void PruneNode(OperatorPtr& op, Generate& generate, const Ids& needed) {
    PruneInput(*op, generate.input, needed);
    std::vector<Attribute> output = generate.input->output;
    output.insert(output.end(), generate.columns.begin(), generate.columns.end());
    op->output = std::move(output);
  }

  void PruneNode(OperatorPtr& op, JoinOp& join, const Ids& needed) {
    PruneInput(*op, join.left, needed);
    PruneInput(*op, join.right, needed);
    Ids there = IdsOf(join.left->output);
    there.merge(IdsOf(join.right->output));
    std::erase_if(op->output, [&](const Attribute& each) { return there.count(each.id) == 0; });
  }

  // Columns are matched by position, so each input must give exactly the kept ones.
  void PruneNode(OperatorPtr& op, SetOperation& set, const Ids& needed) {
    const bool droppable = set.type == SetOpType::kUnion && set.all;
    std::vector<size_t> kept;
    for (size_t i = 0; i < op->output.size(); ++i) {
      if (!droppable || needed.count(op->output[i].id) > 0) kept.push_back(i);
    }
    if (kept.empty()) kept.push_back(0);
    for (OperatorPtr& input : set.inputs) {
      std::vector<Attribute> wanted;
      for (const size_t i : kept) wanted.push_back(input->output[i]);
      Prune(input, IdsOf(wanted));
      GiveExactly(input, wanted);
    }
    std::vector<Attribute> output;
    for (const size_t i : kept) output.push_back(op->output[i]);
    op->output = std::move(output);
  }

  void GiveExactly(OperatorPtr& input, const std::vector<Attribute>& wanted) {
    const bool exact =
        std::equal(wanted.begin(), wanted.end(), input->output.begin(), input->output.end(),
                   [](const Attribute& a, const Attribute& b) { return a.id == b.id; });
    if (exact) return;
    Project project;
    std::vector<Attribute> output;
    for (const Attribute& column : wanted) {
      Attribute fresh = column;
      fresh.id = ColumnId{next_column_id_++};
      output.push_back(fresh);
      project.items.push_back(
          {fresh, std::make_unique<BoundExpr>(BoundExpr{column.type, column.nullable, input->span,
                                                        BoundColumn{column.id}})});
    }
    const Span span = input->span;
    project.input = std::move(input);
    input = std::make_unique<Operator>(Operator{std::move(output), span, std::move(project)});
  }

  static void KeepNeeded(std::vector<NamedExpr>& items, const Ids& needed, size_t keep_min) {
    for (size_t i = items.size(); i-- > 0;) {
      if (items.size() <= keep_min || needed.count(items[i].column.id) > 0) continue;
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // What the operator's own expressions use is needed too.
  void PruneInput(Operator& op, OperatorPtr& input, Ids needed) {
    ForEachExpr(std::as_const(op), [&](const BoundExpr& expr) { AddReferences(expr, needed); });
    PruneSubqueries(op);
    Prune(input, needed);
  }

  void PruneSubqueries(Operator& op) {
    ForEachExpr(op, [&](BoundPtr& expr) { PruneSubqueriesIn(expr); });
  }

  void PruneSubqueriesIn(BoundPtr& expr) {
    if (auto* subquery = std::get_if<BoundSubquery>(&expr->node)) {
      Prune(subquery->plan, IdsOf(subquery->plan->output));
    }
    ForEachOperand(*expr, [&](BoundPtr& operand) { PruneSubqueriesIn(operand); });
  }

  int& next_column_id_;
  const Ids kept_;
};

}  // namespace

void PruneColumns(Plan& plan) { PruneColumns(plan, {}); }

void PruneColumns(Plan& plan, const std::vector<ColumnId>& kept) {
  Pruner pruner(plan.next_column_id, Ids(kept.begin(), kept.end()));
  pruner.Prune(plan.root, IdsOf(plan.root->output));
}

}  // namespace oresmith::sql
