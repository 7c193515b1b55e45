#include "pipeline/stream_check.h"

#include <algorithm>
#include <string_view>

namespace oresmith::pipeline {
namespace {

class Checker {
 public:
  /// `kept`: all that came is there to be read again.
  Checker(const Dataset& dataset, const FlowQuery& query, bool kept)
      : dataset_(dataset), query_(query), kept_(kept) {}

  bool whole() const { return whole_; }

  /// Whether the operator gives rows of a stream; an error when it cannot work on one.
  Result<bool> Visit(const sql::Operator& op) {
    if (const auto* scan = std::get_if<sql::Scan>(&op.node)) return scan->stream;
    if (std::holds_alternative<sql::Values>(op.node)) return false;
    if (const auto* join = std::get_if<sql::JoinOp>(&op.node)) return VisitJoin(op, *join);
    if (const auto* set = std::get_if<sql::SetOperation>(&op.node)) return VisitSet(op, *set);
    if (const auto* project = std::get_if<sql::Project>(&op.node)) return Visit(*project->input);
    if (const auto* filter = std::get_if<sql::Filter>(&op.node)) return Visit(*filter->input);
    if (const auto* explode = std::get_if<sql::Generate>(&op.node)) return Visit(*explode->input);
    if (const auto* aggregate = std::get_if<sql::Aggregate>(&op.node)) {
      return NeedsWhole(op, *aggregate->input, "an aggregate");
    }
    if (const auto* window = std::get_if<sql::WindowOp>(&op.node)) {
      return NeedsState(op, *window->input, "a window function");
    }
    if (const auto* distinct = std::get_if<sql::Distinct>(&op.node)) {
      return NeedsWhole(op, *distinct->input, "DISTINCT");
    }
    if (const auto* sort = std::get_if<sql::Sort>(&op.node)) {
      return NeedsState(op, *sort->input, "ORDER BY");
    }
    return NeedsState(op, *std::get<sql::Limit>(op.node).input, "LIMIT");
  }

 private:
  Error RefusalOf(const sql::Operator& op, std::string_view what) const {
    const bool has_span = op.span.end > op.span.begin;
    return MakeError(ErrorKind::kUnsupported, "{}: {} over a stream is not supported yet",
                     dataset_.display, what)
        .At(query_.source->Place(has_span ? op.span : query_.span))
        .WithNote("it needs state that is kept from one epoch to the next");
  }

  tl::unexpected<Error> Refuse(const sql::Operator& op, std::string_view what) const {
    return Fail(RefusalOf(op, what).WithFix(
        "make it a materialized view, and read the table without STREAM"));
  }

  Result<bool> NeedsWhole(const sql::Operator& op, const sql::Operator& input,
                          std::string_view what) {
    TRY(const bool stream, Visit(input));
    return stream ? TakeWhole(op, what) : false;
  }

  Result<bool> TakeWhole(const sql::Operator& op, std::string_view what) {
    if (!kept_) {
      return Fail(RefusalOf(op, what).WithFix(
          "read the files into a streaming table of their own, and STREAM that; or make this one a "
          "materialized view of it"));
    }
    whole_ = true;
    return true;
  }

  Result<bool> NeedsState(const sql::Operator& op, const sql::Operator& input,
                          std::string_view what) {
    TRY(const bool stream, Visit(input));
    if (stream) return Refuse(op, what);
    return false;
  }

  /// A stream may be joined with tables that stand beside it, where each of its rows decides by
  /// itself.
  Result<bool> VisitJoin(const sql::Operator& op, const sql::JoinOp& join) {
    TRY(const bool left, Visit(*join.left));
    TRY(const bool right, Visit(*join.right));
    using sql::JoinType;
    const bool inner = join.type == JoinType::kInner || join.type == JoinType::kCross;
    if (left && right && inner) return TakeWhole(op, "a join of two streams");
    if (left && right) return Refuse(op, "an outer join of two streams");
    const bool keeps_left = join.type == JoinType::kLeft || join.type == JoinType::kLeftSemi ||
                            join.type == JoinType::kLeftAnti;
    if (left && !inner && !keeps_left)
      return Refuse(op, "an outer join that keeps the table's rows");
    if (right && !inner && join.type != JoinType::kRight) {
      return Refuse(op, "a join that keeps or tests the table's rows");
    }
    return left || right;
  }

  Result<bool> VisitSet(const sql::Operator& op, const sql::SetOperation& set) {
    size_t streams = 0;
    for (const sql::OperatorPtr& input : set.inputs) {
      TRY(const bool stream, Visit(*input));
      streams += stream ? 1 : 0;
    }
    if (streams == 0) return false;
    const bool all_streams = streams == set.inputs.size();
    if (set.type == sql::SetOpType::kUnion && !set.all && all_streams) {
      return TakeWhole(op, "UNION without ALL");
    }
    if (set.type != sql::SetOpType::kUnion || !set.all) {
      return Refuse(op, "INTERSECT or EXCEPT");
    }
    if (!all_streams) return Refuse(op, "UNION ALL with a table that is no stream");
    return true;
  }

  const Dataset& dataset_;
  const FlowQuery& query_;
  const bool kept_;
  bool whole_ = false;
};

}  // namespace

Result<StreamUse> CheckStreaming(const Dataset& dataset, const FlowQuery& query,
                                 const sql::Plan& plan, const std::vector<ScanSource>& scans) {
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
    if (streams == 0) return StreamUse::kRows;
    return Fail(MakeError(ErrorKind::kInvalidInput, "flow {}: a flow that runs ONCE reads a stream",
                          query.name)
                    .At(place)
                    .WithFix("leave STREAM out, or ONCE"));
  }
  if (!dataset.IsStreaming()) return StreamUse::kRows;
  const bool tables = std::all_of(scans.begin(), scans.end(), [](const ScanSource& scan) {
    return std::holds_alternative<TableScan>(scan.what);
  });
  Checker checker(dataset, query, tables && dataset.flows.size() == 1);
  TRY(const bool stream, checker.Visit(*plan.root));
  if (stream) return checker.whole() ? StreamUse::kWhole : StreamUse::kRows;
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
