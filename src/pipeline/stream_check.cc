#include "pipeline/stream_check.h"

#include <string_view>

namespace oresmith::pipeline {
namespace {

class Checker {
 public:
  Checker(const Dataset& dataset, const FlowQuery& query) : dataset_(dataset), query_(query) {}

  /// Whether the operator gives rows of a stream; an error when it cannot work on one.
  Result<bool> Visit(const sql::Operator& op) const {
    if (const auto* scan = std::get_if<sql::Scan>(&op.node)) return scan->stream;
    if (std::holds_alternative<sql::Values>(op.node)) return false;
    if (const auto* join = std::get_if<sql::JoinOp>(&op.node)) return VisitJoin(op, *join);
    if (const auto* set = std::get_if<sql::SetOperation>(&op.node)) return VisitSet(op, *set);
    if (const auto* project = std::get_if<sql::Project>(&op.node)) return Visit(*project->input);
    if (const auto* filter = std::get_if<sql::Filter>(&op.node)) return Visit(*filter->input);
    if (const auto* explode = std::get_if<sql::Generate>(&op.node)) return Visit(*explode->input);
    if (const auto* aggregate = std::get_if<sql::Aggregate>(&op.node)) {
      return NeedsState(op, *aggregate->input, "an aggregate");
    }
    if (const auto* window = std::get_if<sql::WindowOp>(&op.node)) {
      return NeedsState(op, *window->input, "a window function");
    }
    if (const auto* distinct = std::get_if<sql::Distinct>(&op.node)) {
      return NeedsState(op, *distinct->input, "DISTINCT");
    }
    if (const auto* sort = std::get_if<sql::Sort>(&op.node)) {
      return NeedsState(op, *sort->input, "ORDER BY");
    }
    return NeedsState(op, *std::get<sql::Limit>(op.node).input, "LIMIT");
  }

 private:
  tl::unexpected<Error> Refuse(const sql::Operator& op, std::string_view what) const {
    const bool has_span = op.span.end > op.span.begin;
    return Fail(MakeError(ErrorKind::kUnsupported, "{}: {} over a stream is not supported yet",
                          dataset_.display, what)
                    .At(query_.source->Place(has_span ? op.span : query_.span))
                    .WithNote("it needs state that is kept from one epoch to the next")
                    .WithFix("make it a materialized view, and read the table without STREAM"));
  }

  Result<bool> NeedsState(const sql::Operator& op, const sql::Operator& input,
                          std::string_view what) const {
    TRY(const bool stream, Visit(input));
    if (stream) return Refuse(op, what);
    return false;
  }

  /// A stream may be joined with tables that stand beside it, where each of its rows decides by
  /// itself.
  Result<bool> VisitJoin(const sql::Operator& op, const sql::JoinOp& join) const {
    TRY(const bool left, Visit(*join.left));
    TRY(const bool right, Visit(*join.right));
    if (left && right) return Refuse(op, "a join of two streams");
    using sql::JoinType;
    const bool inner = join.type == JoinType::kInner || join.type == JoinType::kCross;
    const bool keeps_left = join.type == JoinType::kLeft || join.type == JoinType::kLeftSemi ||
                            join.type == JoinType::kLeftAnti;
    if (left && !inner && !keeps_left)
      return Refuse(op, "an outer join that keeps the table's rows");
    if (right && !inner && join.type != JoinType::kRight) {
      return Refuse(op, "a join that keeps or tests the table's rows");
    }
    return left || right;
  }

  Result<bool> VisitSet(const sql::Operator& op, const sql::SetOperation& set) const {
    size_t streams = 0;
    for (const sql::OperatorPtr& input : set.inputs) {
      TRY(const bool stream, Visit(*input));
      streams += stream ? 1 : 0;
    }
    if (streams == 0) return false;
    if (set.type != sql::SetOpType::kUnion || !set.all) {
      return Refuse(op, "UNION without ALL, INTERSECT or EXCEPT");
    }
    if (streams != set.inputs.size()) return Refuse(op, "UNION ALL with a table that is no stream");
    return true;
  }

  const Dataset& dataset_;
  const FlowQuery& query_;
};

}  // namespace

Status CheckStreaming(const Dataset& dataset, const FlowQuery& query, const sql::Plan& plan) {
  const SourcePlace place = query.source->Place(query.span);
  int streams = 0;
  for (const sql::Operator* scan : sql::Scans(plan)) {
    const bool stream = std::get<sql::Scan>(scan->node).stream;
    streams += stream ? 1 : 0;
    if (stream && !dataset.IsStreaming()) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "{}: a materialized view cannot read a stream", dataset.display)
                      .At(place)
                      .WithFix("leave STREAM out, or make it a streaming table"));
    }
  }
  if (query.once) {
    if (streams == 0) return {};
    return Fail(MakeError(ErrorKind::kInvalidInput, "flow {}: a flow that runs ONCE reads a stream",
                          query.name)
                    .At(place)
                    .WithFix("leave STREAM out, or ONCE"));
  }
  if (!dataset.IsStreaming()) return {};
  TRY(const bool stream, Checker(dataset, query).Visit(*plan.root));
  if (stream) return {};
  if (streams > 0) {
    return Fail(
        MakeError(ErrorKind::kUnsupported, "{}: a stream inside of a subquery", dataset.display)
            .At(place)
            .WithFix("read the stream in FROM, and the tables beside it in the subquery"));
  }
  return Fail(MakeError(ErrorKind::kInvalidInput, "{}: a streaming table must read a stream",
                        dataset.display)
                  .At(place)
                  .WithFix("write FROM STREAM ..., or make it a materialized view"));
}

}  // namespace oresmith::pipeline
