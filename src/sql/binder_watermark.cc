// WATERMARK time DELAY OF INTERVAL ...: which column says when a row happened, and how much later
// than others it may come. Tables that are no streams have all their rows: nothing is late there.

#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

bool ReadsStream(const Operator& op) {
  if (const auto* scan = std::get_if<Scan>(&op.node)) return scan->stream;
  bool reads = false;
  ForEachInput(op, [&](const Operator& input) { reads = reads || ReadsStream(input); });
  return reads;
}

}  // namespace

/// Appends a computed column; the others keep their names and get new ids.
void Binder::AddColumn(BoundRelation& bound, std::string name, BoundPtr value, Span span) {
  Project project;
  std::vector<Attribute> output;
  for (const Attribute& column : bound.op->output) {
    Attribute same = column;
    same.id = NewId();
    for (ScopeColumn& named : bound.scope.columns) {
      if (named.column.id == column.id) named.column.id = same.id;
    }
    project.items.push_back({same, ColumnOf(column, span)});
    output.push_back(std::move(same));
  }
  Attribute added = NewColumn(std::move(name), value->type, value->nullable);
  bound.scope.columns.push_back({.column = added, .qualifier = {}});
  project.items.push_back({added, std::move(value)});
  output.push_back(std::move(added));
  project.input = std::move(bound.op);
  bound.op = MakeOperator(std::move(output), span, std::move(project));
}

Status Binder::ApplyWatermark(const Watermark& watermark, const ExprScope* outer,
                              BoundRelation& bound) {
  ExprScope scope;
  scope.columns = &bound.scope;
  scope.outer = outer;
  scope.clause = "WATERMARK";
  TRY(BoundPtr time, BindExpr(*watermark.time.expr, scope));
  if (!time->type.Is(TypeId::kTimestamp) && !time->type.Is(TypeId::kTimestampNtz)) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "WATERMARK: it needs a TIMESTAMP, and this is {}", time->type.ToSql())
                    .WithFix("write WATERMARK CAST(column AS TIMESTAMP) AS name DELAY OF ...")
                    .At(source_->Place(watermark.time.expr->span)));
  }
  TRY(const BoundPtr delay, BindExpr(*watermark.delay, scope));
  const auto* literal = std::get_if<BoundLiteral>(&delay->node);
  const auto* amount = literal != nullptr ? std::get_if<int64_t>(&literal->value) : nullptr;
  if (amount == nullptr || *amount < 0 || !delay->type.Is(TypeId::kIntervalDayTime)) {
    return Invalid(watermark.delay->span,
                   "DELAY OF: it needs a length of time such as INTERVAL 10 MINUTES");
  }
  const auto* column = std::get_if<BoundColumn>(&time->node);
  if (column == nullptr && watermark.time.aliases.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "WATERMARK: what is computed needs a name")
                    .WithFix("write WATERMARK expression AS name DELAY OF ...")
                    .At(source_->Place(watermark.time.expr->span)));
  }
  ColumnId id = column != nullptr ? column->id : ColumnId{};
  // A second one above the same rows must not hide the first.
  if (!watermark.time.aliases.empty()) {
    AddColumn(bound, watermark.time.aliases[0].text, std::move(time), watermark.span);
    id = bound.op->output.back().id;
  } else if (bound.op->event_time) {
    return Unsupported(watermark.span, "WATERMARK: these rows have one already");
  }
  if (!ReadsStream(*bound.op)) return {};
  constexpr int64_t kMicrosOfMilli = 1000;
  bound.op->event_time = EventTime{.column = id, .delay_ms = *amount / kMicrosOfMilli};
  return {};
}

}  // namespace oresmith::sql
