// The tables that a query names, before anything is bound.

#include <type_traits>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kDepthMax = 1000;

class TableFinder {
 public:
  void Visit(const Query& query) {
    const DepthGuard guard(depth_);
    if (depth_ > kDepthMax) return;
    const size_t known = ctes_.size();
    for (const CommonTable& table : query.with) {
      Visit(*table.query);
      ctes_.push_back(table.name.text);
    }
    std::visit([&](const auto& body) { VisitBody(body); }, query.body);
    for (const SortKey& key : query.order_by) Visit(key.expr);
    ctes_.resize(known);
  }
  std::vector<TableUse> Take() { return std::move(uses_); }

 private:
  void VisitBody(const Select& select) {
    for (const RelationPtr& relation : select.from) Visit(*relation);
    for (const SelectItem& item : select.items) Visit(item.expr);
    Visit(select.where);
    Visit(select.group_by);
    for (const ExprPtr* key : GroupingKeys(select)) Visit(*key);
    Visit(select.having);
    Visit(select.qualify);
  }
  void VisitBody(const SetOp& op) {
    Visit(*op.left);
    Visit(*op.right);
  }
  void VisitBody(const ValuesRef& values) {
    for (const auto& row : values.rows) Visit(row);
  }
  void VisitBody(const QueryPtr& query) { Visit(*query); }

  void Visit(const Relation& relation) {
    const DepthGuard guard(depth_);
    if (depth_ > kDepthMax) return;
    if (const auto* table = std::get_if<TableRef>(&relation.node)) {
      AddTable(*table, relation.span);
    } else if (const auto* function = std::get_if<TableFunctionRef>(&relation.node)) {
      Visit(function->args);
      AddFunction(*function, relation.span);
    } else if (const auto* subquery = std::get_if<SubqueryRef>(&relation.node)) {
      Visit(*subquery->query);
    } else if (const auto* values = std::get_if<ValuesRef>(&relation.node)) {
      VisitBody(*values);
    } else if (const auto* join = std::get_if<Join>(&relation.node)) {
      Visit(*join->left);
      Visit(*join->right);
      Visit(join->on);
    } else if (const auto* view = std::get_if<LateralView>(&relation.node)) {
      Visit(*view->input);
      Visit(view->generator);
    } else if (const auto* pivot = std::get_if<Pivot>(&relation.node)) {
      Visit(*pivot->input);
      for (const SelectItem& item : pivot->aggregates) Visit(item.expr);
    } else if (const auto* unpivot = std::get_if<Unpivot>(&relation.node)) {
      Visit(*unpivot->input);
    }
  }

  void AddTable(const TableRef& table, Span span) {
    TableUse use{.name_parts = {}, .stream = table.stream, .is_function = false, .span = span};
    for (const Identifier& part : table.name) use.name_parts.push_back(part.text);
    if (use.name_parts.size() == 1) {
      for (const std::string& cte : ctes_) {
        if (SameName(cte, use.name_parts[0])) return;
      }
    }
    if (use.name_parts.size() > 1 && SameName(use.name_parts[0], "live")) {
      use.name_parts.erase(use.name_parts.begin());
    }
    uses_.push_back(std::move(use));
  }

  void AddFunction(const TableFunctionRef& function, Span span) {
    const FunctionEntry* entry = FindFunction(function.name.back().text);
    const bool generator = entry != nullptr && entry->kind == FunctionKind::kGenerator;
    if (generator || SameName(function.name.back().text, "range")) return;
    TableUse use{.name_parts = {}, .stream = function.stream, .is_function = true, .span = span};
    for (const Identifier& part : function.name) use.name_parts.push_back(part.text);
    uses_.push_back(std::move(use));
  }

  void Visit(const std::vector<ExprPtr>& exprs) {
    for (const ExprPtr& expr : exprs) Visit(expr);
  }
  void Visit(const ExprPtr& expr) {
    const DepthGuard guard(depth_);
    if (!expr || depth_ > kDepthMax) return;
    std::visit([&](const auto& node) { VisitNode(node); }, expr->node);
  }

  void VisitNode(const FieldAccess& node) { Visit(node.base); }
  void VisitNode(const Subscript& node) {
    Visit(node.base);
    Visit(node.index);
  }
  void VisitNode(const JsonPath& node) { Visit(node.base); }
  void VisitNode(const BinaryOp& node) {
    // Long chains lean to the left: no recursion along them.
    const BinaryOp* op = &node;
    while (true) {
      Visit(op->right);
      const auto* left = std::get_if<BinaryOp>(&op->left->node);
      if (left == nullptr) break;
      op = left;
    }
    Visit(op->left);
  }
  void VisitNode(const UnaryOp& node) { Visit(node.operand); }
  void VisitNode(const IsTest& node) { Visit(node.operand); }
  void VisitNode(const Between& node) {
    Visit(node.operand);
    Visit(node.low);
    Visit(node.high);
  }
  void VisitNode(const InList& node) {
    Visit(node.operand);
    Visit(node.values);
  }
  void VisitNode(const InSubquery& node) {
    Visit(node.operand);
    Visit(*node.query);
  }
  void VisitNode(const Exists& node) { Visit(*node.query); }
  void VisitNode(const ScalarSubquery& node) { Visit(*node.query); }
  void VisitNode(const Case& node) {
    Visit(node.operand);
    for (const auto& [when, then] : node.branches) {
      Visit(when);
      Visit(then);
    }
    Visit(node.otherwise);
  }
  void VisitNode(const Cast& node) { Visit(node.operand); }
  void VisitNode(const Extract& node) { Visit(node.operand); }
  void VisitNode(const Lambda& node) { Visit(node.body); }
  void VisitNode(const NamedArgument& node) { Visit(node.value); }
  void VisitNode(const FunctionCall& node) {
    Visit(node.args);
    Visit(node.filter);
  }
  void VisitNode(const TupleExpr& node) { Visit(node.items); }
  template <class Leaf>
  void VisitNode(const Leaf&) {}

  std::vector<TableUse> uses_;
  std::vector<std::string> ctes_;
  int depth_ = 0;
};

}  // namespace

std::vector<TableUse> TablesOf(const Query& query) {
  TableFinder finder;
  finder.Visit(query);
  return finder.Take();
}

}  // namespace oresmith::sql
