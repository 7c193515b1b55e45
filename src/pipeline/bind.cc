#include "pipeline/bind.h"

#include <algorithm>
#include <utility>

#include "pipeline/sink_dataset.h"
#include "pipeline/stream_check.h"

namespace oresmith::pipeline {
namespace {

const sql::Attribute* FindOrigin(const std::vector<const sql::Operator*>& scans) {
  for (const sql::Operator* scan : scans) {
    for (const sql::Attribute& column : scan->output) {
      if (column.name == kOriginColumn) return &column;
    }
  }
  return nullptr;
}

std::vector<sql::ColumnId> OriginsOf(const std::vector<const sql::Operator*>& scans) {
  std::vector<sql::ColumnId> origins;
  for (const sql::Operator* scan : scans) {
    for (const sql::Attribute& column : scan->output) {
      if (column.name == kOriginColumn) origins.push_back(column.id);
    }
  }
  return origins;
}

/// A column of a scan, or a field of one.
struct Traced {
  int scan = -1;
  std::string column;
  std::string field;
};

/// Follows a column down to the scan that it comes from unchanged; nothing when it is computed.
std::optional<Traced> Trace(const sql::Operator& op, sql::ColumnId id) {
  if (const auto* scan = std::get_if<sql::Scan>(&op.node)) {
    for (const sql::Attribute& column : op.output) {
      if (column.id == id) return Traced{.scan = scan->index, .column = column.name, .field = {}};
    }
    return std::nullopt;
  }
  if (const auto* project = std::get_if<sql::Project>(&op.node)) {
    for (const sql::NamedExpr& item : project->items) {
      if (item.column.id != id) continue;
      if (const auto* column = std::get_if<sql::BoundColumn>(&item.expr->node)) {
        return Trace(*project->input, column->id);
      }
      const auto* field = std::get_if<sql::BoundField>(&item.expr->node);
      const auto* base = field ? std::get_if<sql::BoundColumn>(&field->base->node) : nullptr;
      if (base == nullptr) return std::nullopt;
      auto traced = Trace(*project->input, base->id);
      if (!traced || !traced->field.empty()) return std::nullopt;
      traced->field = field->name;
      return traced;
    }
    return std::nullopt;
  }
  if (const auto* filter = std::get_if<sql::Filter>(&op.node)) return Trace(*filter->input, id);
  if (const auto* generate = std::get_if<sql::Generate>(&op.node)) {
    return Trace(*generate->input, id);
  }
  return std::nullopt;
}

/// The dataset's columns that hold, unchanged, the file and line of what it was made from.
Provenance FindProvenance(const BoundFlow& flow, const sql::Operator& root) {
  Provenance own;
  for (const sql::Attribute& column : root.output) {
    const auto traced = Trace(root, column.id);
    if (!traced) continue;
    const Provenance& source = flow.scans[static_cast<size_t>(traced->scan)].provenance;
    if (!source.file_column.empty() && traced->column == source.file_column &&
        traced->field == source.file_field) {
      own.file_column = column.name;
    }
    if (!source.part_column.empty() && traced->column == source.part_column &&
        traced->field.empty()) {
      own.part_column = column.name;
    }
    if (!source.line_column.empty() && traced->column == source.line_column &&
        traced->field == source.line_field) {
      own.line_column = column.name;
    }
  }
  return own;
}

}  // namespace

Result<types::Schema> SchemaOfFlow(const Dataset& dataset, const FlowQuery& query,
                                   PipelineCatalog& catalog, const Config& config) {
  TRY(sql::BoundDataset bound, sql::BindDataset(*dataset.declaration, *dataset.source,
                                                {.query = query.query,
                                                 .source = query.source.get(),
                                                 .by_name = query.by_name,
                                                 .table = nullptr,
                                                 .checks = false},
                                                catalog, {.time_zone = config.time_zone}));
  return std::move(bound.schema);
}

Result<BoundFlow> BindFlow(const Dataset& dataset, const FlowQuery& query, PipelineCatalog& catalog,
                           const Config& config, const types::Schema* table) {
  TRY(sql::BoundDataset bound, sql::BindDataset(*dataset.declaration, *dataset.source,
                                                {.query = query.query,
                                                 .source = query.source.get(),
                                                 .by_name = query.by_name,
                                                 .table = table},
                                                catalog, {.time_zone = config.time_zone}));
  BoundFlow flow;
  for (const sql::Operator* scan : sql::Scans(bound.plan)) {
    flow.scans.push_back(catalog.source(std::get<sql::Scan>(scan->node).source));
  }
  TRY(StreamUse use, CheckStreaming(dataset, query, bound.plan, flow.scans));
  flow.as_view = use.kind == StreamUse::kWhole;
  flow.has_state = use.kind == StreamUse::kState;
  flow.warnings = std::move(use.warnings);
  flow.schema = std::move(bound.schema);
  if (IsSink(dataset)) {
    const SourcePlace place = query.source->Place(query.span);
    if (flow.as_view) {
      return Fail(MakeError(ErrorKind::kUnsupported,
                            "{}: groups and joins of a whole stream change, and a sink only grows",
                            dataset.display)
                      .At(place)
                      .WithFix("keep them in a table, and send what is final"));
    }
    Status fits = connector::CheckSink(OptionsOfSink(dataset, {}), flow.schema);
    if (!fits) return Fail(std::move(fits).error().At(place));
  }
  for (const sql::Expectation& expectation : dataset.declaration->expectations) {
    flow.rules.push_back({.name = expectation.name.text, .on_violation = expectation.on_violation});
  }
  flow.plan = std::move(bound.plan);
  flow.provenance = FindProvenance(flow, *flow.plan.root);
  if (flow.as_view) {
    for (ScanSource& scan : flow.scans) scan.stream = false;
    for (sql::Operator* scan : sql::MutableScans(flow.plan)) {
      std::get<sql::Scan>(scan->node).stream = false;
    }
  } else if (const sql::Attribute* origin = FindOrigin(sql::Scans(flow.plan));
             origin != nullptr && !use.joins_streams) {
    flow.has_origin = sql::CarryToRoot(flow.plan, origin->id).has_value();
  }
  if (flow.has_state) flow.origins = OriginsOf(sql::Scans(flow.plan));
  sql::PruneColumns(flow.plan, flow.origins);
  for (const sql::Operator* scan : sql::Scans(flow.plan)) {
    std::vector<int> columns;
    for (size_t i = 0; i < scan->output.size(); ++i) {
      if (scan->output[i].name == kOriginColumn) continue;
      columns.push_back(std::get<sql::Scan>(scan->node).columns[i]);
    }
    flow.scan_columns.push_back(std::move(columns));
  }
  return flow;
}

}  // namespace oresmith::pipeline
