#include "pipeline/declared_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/auto_cdc.h"

namespace oresmith::pipeline {
namespace {

sql::Span SpanOf(const sql::QualifiedName& name) {
  return {name.front().span.begin, name.back().span.end};
}

std::vector<std::string> Parts(const sql::QualifiedName& name) {
  std::vector<std::string> parts;
  for (const sql::Identifier& part : name) parts.push_back(part.text);
  return parts;
}

/// A flow's name stands in the checkpoint's path: one part, and one that a folder can have.
Result<std::string> FlowName(const sql::CreateFlow& flow, const sql::SourceText& source,
                             const Config& config) {
  auto name = ResolveName(Parts(flow.name), config);
  if (!name) return Fail(std::move(name).error().At(source.Place(SpanOf(flow.name))));
  return name->table;
}

Result<Dataset*> TargetOf(const sql::CreateFlow& flow, const sql::SourceText& source,
                          Definition& definition) {
  const SourcePlace place = source.Place(SpanOf(flow.target));
  auto name = ResolveName(Parts(flow.target), definition.config);
  if (!name) return Fail(std::move(name).error().At(place));
  const auto found = definition.datasets.find(name->Key());
  if (found == definition.datasets.end()) {
    return Fail(MakeError(ErrorKind::kNotFound, "flow into {}: no such table is declared",
                          name->Display(definition.config))
                    .At(place)
                    .WithFix(fmt::format("write CREATE OR REFRESH STREAMING TABLE {};",
                                         name->Display(definition.config))));
  }
  Dataset& dataset = found->second;
  if (dataset.kind != sql::DatasetKind::kStreamingTable || dataset.applies_changes) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "flow into {}: it is {}", dataset.display,
                          dataset.applies_changes ? "the target of an AUTO CDC flow already"
                                                  : "a " + dataset.Kind())
                    .At(place)
                    .WithFix("a flow fills a streaming table"));
  }
  return &dataset;
}

}  // namespace

Status AddFlow(sql::CreateFlow& flow, const std::shared_ptr<const sql::SourceText>& source,
               Definition& definition) {
  TRY(Dataset * dataset, TargetOf(flow, *source, definition));
  TRY(const std::string name, FlowName(flow, *source, definition.config));
  const sql::Span span = SpanOf(flow.name);
  for (const FlowQuery& other : dataset->flows) {
    if (other.name != name) continue;
    return Fail(MakeError(ErrorKind::kInvalidInput, "flow {}: {} has a flow of that name already",
                          name, dataset->display)
                    .At(source->Place(span))
                    .WithFix("give one of them another name"));
  }
  if (auto* const cdc = std::get_if<sql::AutoCdc>(&flow.body)) {
    if (!dataset->flows.empty()) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "flow {}: {} is filled by another flow, which AUTO CDC does not allow",
                            name, dataset->display)
                      .At(source->Place(span))
                      .WithFix("let AUTO CDC have a table of its own"));
    }
    if (flow.once) {
      return Fail(MakeError(ErrorKind::kUnsupported, "flow {}: AUTO CDC ONCE is not run yet", name)
                      .At(source->Place(span))
                      .WithFix("leave ONCE out"));
    }
    return AddAutoCdc(std::move(*cdc), {.name = name, .source = source, .span = span}, *dataset,
                      definition);
  }
  dataset->flows.push_back({.name = name,
                            .query = std::get<sql::QueryPtr>(flow.body).get(),
                            .source = source,
                            .span = span,
                            .by_name = true,
                            .once = flow.once});
  return {};
}

}  // namespace oresmith::pipeline
