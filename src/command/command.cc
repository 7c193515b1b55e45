#include "command/command.h"

#include <utility>

#include "command/command_internal.h"

namespace oresmith::command {
std::vector<std::string> PartsOf(const sql::QualifiedName& name) {
  std::vector<std::string> parts;
  for (const sql::Identifier& part : name) parts.push_back(part.text);
  return parts;
}

std::string TextOf(const sql::SourceText& source, sql::Span span) {
  return std::string(source.text().substr(span.begin, span.end - span.begin));
}

Result<OpenTable> Open(const sql::TableTarget& target, Context& context) {
  const auto placed = [&](Error error) {
    if (!error.place) error.place = context.source.Place(target.span);
    return Fail(std::move(error));
  };
  auto place = context.host.PlaceOf(PartsOf(target.name));
  if (!place) return placed(std::move(place).error());
  auto table =
      delta::Table::Open(*place->store, place->root, context.host.clock(), context.host.random());
  if (!table && table.error().kind == ErrorKind::kNotFound) {
    return placed(MakeError(ErrorKind::kNotFound, "there is no table {}", place->name)
                      .WithFix("SHOW TABLES lists what there is"));
  }
  if (!table) return placed(std::move(table).error());
  return OpenTable{.place = std::move(*place), .table = std::move(*table)};
}

Result<OpenTable> OpenForChange(const sql::TableTarget& target, std::string_view what,
                                Context& context) {
  TRY(OpenTable open, Open(target, context));
  if (open.place.owner != Owner::kMaterializedView) return open;
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "{} {}: a materialized view always equals its query, and is written by its "
                        "pipeline alone",
                        what, open.place.name)
                  .At(context.source.Place(target.span))
                  .WithFix("change its query, or the tables that it reads"));
}

void WarnOfStreams(const OpenTable& open, bool changes_rows, CommandResult& result) {
  if (open.place.owner != Owner::kStreamingTable || !changes_rows) return;
  result.warnings.push_back(
      MakeError(ErrorKind::kUnsupported,
                "{} is a streaming table: flows that read it as a stream follow appends alone, and "
                "stop at changed rows",
                open.place.name)
          .WithFix("rebuild what reads it: oresmith run --full-refresh-all"));
}

std::string Upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

std::string JsonPredicate(std::string_view sql) {
  return JsonText(sql.empty() ? "[]" : "[" + JsonText(fmt::format("({})", sql)) + "]");
}

Result<CommandResult> RunCommand(const sql::Command& command, const sql::SourceText& source,
                                 Host& host, std::stop_token stop) {
  Context context{.source = source, .host = host, .stop = std::move(stop)};
  return std::visit([&](const auto& node) { return Run(node, context); }, command.node);
}

}  // namespace oresmith::command
