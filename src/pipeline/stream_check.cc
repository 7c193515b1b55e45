#include "pipeline/stream_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sql/plan_stream.h"
#include "state/row_key.h"

namespace oresmith::pipeline {
namespace {

/// One that takes part in a state must be comparable byte by byte.
bool CanBeKeys(const std::vector<sql::Attribute>& columns) {
  return std::all_of(columns.begin(), columns.end(), [](const sql::Attribute& column) {
    return column.hidden || state::CanBeKey(column.type);
  });
}

class Checker {
 public:
  /// `kept`: all that came is there to be read again.
  Checker(const Dataset& dataset, const FlowQuery& query, const sql::Plan& plan, bool kept)
      : dataset_(dataset), query_(query), times_(sql::FindEventTimes(plan)), kept_(kept) {}

  /// REQUIRES: Visit of the root was fine.
  Result<StreamUse> Use() {
    if (whole_) {
      if (kept_) return StreamUse{.kind = StreamUse::kWhole};
      return Fail(*whole_);
    }
    StreamUse use{.kind = state_ ? StreamUse::kState : StreamUse::kRows,
                  .joins_streams = joins_streams_,
                  .warnings = std::move(warnings_)};
    if (!needs_bound_) return use;
    return Fail(*needs_bound_);
  }

  /// Whether the operator gives rows of a stream; an error when it cannot work on one.
  Result<bool> Visit(const sql::Operator& op) {
    if (const auto* scan = std::get_if<sql::Scan>(&op.node)) return scan->stream;
    if (std::holds_alternative<sql::Values>(op.node)) return false;
    if (const auto* join = std::get_if<sql::JoinOp>(&op.node)) return VisitJoin(op, *join);
    if (const auto* set = std::get_if<sql::SetOperation>(&op.node)) return VisitSet(op, *set);
    if (const auto* project = std::get_if<sql::Project>(&op.node)) return Visit(*project->input);
    if (const auto* filter = std::get_if<sql::Filter>(&op.node)) return VisitFilter(op, *filter);
    if (const auto* explode = std::get_if<sql::Generate>(&op.node)) return Visit(*explode->input);
    if (const auto* aggregate = std::get_if<sql::Aggregate>(&op.node)) {
      return VisitAggregate(op, *aggregate);
    }
    if (const auto* window = std::get_if<sql::WindowOp>(&op.node)) {
      return NeverOverStream(op, *window->input, "a window function");
    }
    if (const auto* distinct = std::get_if<sql::Distinct>(&op.node)) {
      TRY(const bool stream, Visit(*distinct->input));
      if (stream) TakeFirst(op, *distinct->input, "DISTINCT");
      return stream;
    }
    if (const auto* sort = std::get_if<sql::Sort>(&op.node)) {
      return NeverOverStream(op, *sort->input, "ORDER BY");
    }
    return NeverOverStream(op, *std::get<sql::Limit>(op.node).input, "LIMIT");
  }

 private:
  Error RefusalOf(const sql::Operator& op, std::string_view what) const {
    const bool has_span = op.span.end > op.span.begin;
    return MakeError(ErrorKind::kUnsupported, "{}: {} over a stream is not supported",
                     dataset_.display, what)
        .At(query_.source->Place(has_span ? op.span : query_.span));
  }

  tl::unexpected<Error> Refuse(const sql::Operator& op, std::string_view what) const {
    return Fail(RefusalOf(op, what)
                    .WithNote("its rows would change with what comes later")
                    .WithFix("make it a materialized view, and read the table without STREAM"));
  }

  /// Once given, its rows change: only where the stream can be read again.
  void TakeWhole(const sql::Operator& op, std::string_view what, std::string fix) {
    if (whole_) return;
    whole_ = RefusalOf(op, what)
                 .WithNote("it changes with all that comes, and the files are read once")
                 .WithFix(std::move(fix));
  }

  void TakeFirst(const sql::Operator& op, const sql::Operator& keys, std::string_view what) {
    state_ = true;
    NoStateAboveJoins(op, what);
    if (CanBeKeys(keys.output)) return;
    TakeWhole(op, std::string(what) + " of a MAP or VARIANT",
              "leave that column out, or turn it to text with to_json");
  }

  /// What a join gives may be older than its watermark.
  void NoStateAboveJoins(const sql::Operator& op, std::string_view what) {
    if (!joins_streams_) return;
    TakeWhole(op, std::string(what) + " of joined streams",
              "make the join a streaming table of its own, and STREAM that");
  }

  Result<bool> VisitFilter(const sql::Operator& op, const sql::Filter& filter) {
    const auto first = sql::FindFirstRows(op);
    if (!first) return Visit(*filter.input);
    const sql::Operator& input = *first->window->input;
    TRY(const bool stream, Visit(input));
    if (!stream) return false;
    if (first->descending) {
      return Fail(RefusalOf(op, "row_number() ... ORDER BY ... DESC = 1")
                      .WithNote("the first row of a key that comes is the one that stays")
                      .WithFix("for the newest row of each key use AUTO CDC ... KEYS (...) "
                               "SEQUENCE BY ...; for the first one leave out DESC"));
    }
    state_ = true;
    NoStateAboveJoins(op, "row_number() = 1");
    const bool comparable =
        std::all_of(first->function->partition_by.begin(), first->function->partition_by.end(),
                    [](const sql::BoundPtr& key) { return state::CanBeKey(key->type); });
    if (!comparable) return Refuse(op, "PARTITION BY of a MAP or VARIANT");
    return true;
  }

  Result<bool> VisitAggregate(const sql::Operator& op, const sql::Aggregate& aggregate) {
    TRY(const bool stream, Visit(*aggregate.input));
    if (!stream) return false;
    // A set of GROUPING SETS without the time would never end.
    const bool by_time =
        aggregate.sets.empty() &&
        std::any_of(aggregate.groups.begin(), aggregate.groups.end(),
                    [&](const sql::NamedExpr& group) { return times_.contains(group.column.id); });
    if (!by_time) {
      TakeWhole(op, "an aggregate",
                "group by a time with a watermark: FROM STREAM ... WATERMARK t DELAY OF INTERVAL "
                "10 MINUTES GROUP BY window(t, '1 hour'); or read the files into a streaming table "
                "of their own, and STREAM that");
      return true;
    }
    state_ = true;
    NoStateAboveJoins(op, "an aggregate");
    return true;
  }

  Result<bool> NeverOverStream(const sql::Operator& op, const sql::Operator& input,
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
    if (left && right) {
      JoinStreams(op, join);
      return true;
    }
    const bool keeps_left = join.type == JoinType::kLeft || join.type == JoinType::kLeftSemi ||
                            join.type == JoinType::kLeftAnti;
    if (left && !inner && !keeps_left)
      return Refuse(op, "an outer join that keeps the table's rows");
    if (right && !inner && join.type != JoinType::kRight) {
      return Refuse(op, "a join that keeps or tests the table's rows");
    }
    return left || right;
  }

  void JoinStreams(const sql::Operator& op, const sql::JoinOp& join) {
    using sql::JoinType;
    NoStateAboveJoins(op, "a join");
    joins_streams_ = true;
    const auto bounds = sql::FindTimeBounds(join, times_);
    const bool left_ends = bounds && bounds->at_most, right_ends = bounds && bounds->at_least;
    const bool left_waits = join.type == JoinType::kLeft || join.type == JoinType::kFull ||
                            join.type == JoinType::kLeftAnti;
    const bool right_waits = join.type == JoinType::kRight || join.type == JoinType::kFull;
    const char* const fix =
        "give both streams a WATERMARK, and say how far apart their times may be: ON ... AND b.t "
        "BETWEEN a.t AND a.t + INTERVAL 1 HOUR";
    if ((left_waits && !left_ends) || (right_waits && !right_ends)) {
      needs_bound_ = RefusalOf(op, "an outer join of two streams without bounds of time")
                         .WithNote("a row that meets none is given when none can come any more")
                         .WithFix(fix);
    } else if (!bounds && kept_ && join.type != JoinType::kLeftSemi) {
      // The tables are the state.
      TakeWhole(op, "a join of two streams", fix);
      return;
    }
    state_ = true;
    if (left_ends && right_ends) return;
    warnings_.push_back(MakeError(ErrorKind::kInvalidInput,
                                  "{}: rows of the joined streams are kept for ever: nothing "
                                  "bounds their times",
                                  dataset_.display)
                            .At(query_.source->Place(query_.span))
                            .WithFix(fix));
  }

  Result<bool> VisitSet(const sql::Operator& op, const sql::SetOperation& set) {
    size_t streams = 0;
    for (const sql::OperatorPtr& input : set.inputs) {
      TRY(const bool stream, Visit(*input));
      streams += stream ? 1 : 0;
    }
    if (streams == 0) return false;
    const bool all_streams = streams == set.inputs.size();
    if (set.type != sql::SetOpType::kUnion) return Refuse(op, "INTERSECT or EXCEPT");
    if (!all_streams) return Refuse(op, "UNION ALL with a table that is no stream");
    if (!set.all) TakeFirst(op, op, "UNION without ALL");
    return true;
  }

  const Dataset& dataset_;
  const FlowQuery& query_;
  const sql::EventTimes times_;
  const bool kept_;
  bool state_ = false;
  bool joins_streams_ = false;
  std::optional<Error> whole_;        // why it must be computed anew
  std::optional<Error> needs_bound_;  // an outer join that never ends
  std::vector<Error> warnings_;
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
    if (streams == 0) return StreamUse{};
    return Fail(MakeError(ErrorKind::kInvalidInput, "flow {}: a flow that runs ONCE reads a stream",
                          query.name)
                    .At(place)
                    .WithFix("leave STREAM out, or ONCE"));
  }
  if (!dataset.IsStreaming()) return StreamUse{};
  const bool tables = std::all_of(scans.begin(), scans.end(), [](const ScanSource& scan) {
    return std::holds_alternative<TableScan>(scan.what);
  });
  Checker checker(dataset, query, plan, tables && dataset.flows.size() == 1);
  TRY(const bool stream, checker.Visit(*plan.root));
  if (stream) return checker.Use();
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
