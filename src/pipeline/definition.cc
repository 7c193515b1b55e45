#include "pipeline/definition.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "pipeline/declared_flow.h"

namespace oresmith::pipeline {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : c; });
  return text;
}

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kNotFound, "read {}: {}", path, std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// The path as the user would write it: relative to the folder the pipeline is in.
std::string ShownPath(const Config& config, const std::string& path) {
  const std::string prefix = config.directory + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

std::vector<std::string> Parts(const sql::QualifiedName& name) {
  std::vector<std::string> parts;
  for (const sql::Identifier& part : name) parts.push_back(part.text);
  return parts;
}

Error AlreadyDeclared(const Dataset& first, const sql::SourceText& source, sql::Span span) {
  const SourcePlace place = first.source->Place(first.span);
  return MakeError(ErrorKind::kInvalidInput, "declare {}: there is a dataset of that name already",
                   first.display)
      .At(source.Place(span))
      .WithNote(fmt::format("the first one is at {}:{}:{}", place.file, place.line, place.column))
      .WithFix("give one of them another name");
}

void AddDataset(const sql::CreateDataset& declaration,
                const std::shared_ptr<const sql::SourceText>& source, Definition& definition,
                std::vector<Error>& errors) {
  const sql::Span name_span{declaration.name.front().span.begin, declaration.name.back().span.end};
  Result<TableName> name = ResolveName(Parts(declaration.name), definition.config);
  if (!name) {
    errors.push_back(std::move(name).error().At(source->Place(name_span)));
    return;
  }
  Dataset dataset{.name = *name,
                  .display = name->Display(definition.config),
                  .kind = declaration.kind,
                  .declaration = &declaration,
                  .source = source,
                  .span = name_span,
                  .flows = {},
                  .inputs = {}};
  if (declaration.query != nullptr) {
    dataset.flows.push_back({.name = name->table,
                             .query = declaration.query.get(),
                             .source = source,
                             .span = name_span});
  }
  const auto [existing, inserted] = definition.datasets.emplace(name->Key(), dataset);
  if (!inserted) errors.push_back(AlreadyDeclared(existing->second, *source, name_span));
}

void AddFile(const std::string& path, Definition& definition, std::vector<Error>& errors) {
  const std::string shown = ShownPath(definition.config, path);
  Result<std::string> raw = ReadText(path);
  if (!raw) {
    errors.push_back(std::move(raw).error());
    return;
  }
  Result<sql::SourceText> text =
      sql::SubstituteParameters(shown, std::move(*raw), definition.config.parameters);
  if (!text) {
    errors.push_back(std::move(text).error());
    return;
  }
  auto parsed = sql::ParseFile(std::move(*text));
  if (!parsed) {
    std::move(parsed.error().begin(), parsed.error().end(), std::back_inserter(errors));
    return;
  }
  std::move(parsed->warnings.begin(), parsed->warnings.end(),
            std::back_inserter(definition.warnings));
  definition.files.push_back(std::move(*parsed));
}

void AddStatements(const sql::ParsedFile& file, Definition& definition,
                   std::vector<Error>& errors) {
  for (const sql::Statement& statement : file.statements) {
    if (const auto* create = std::get_if<sql::CreateDataset>(&statement.node)) {
      AddDataset(*create, file.source, definition, errors);
    } else if (std::holds_alternative<sql::QueryStatement>(statement.node)) {
      definition.warnings.push_back(
          MakeError(ErrorKind::kUnsupported, "load: a SELECT by itself does nothing in a pipeline")
              .At(file.source->Place(statement.span))
              .WithFix("run it with: oresmith query"));
    } else if (const auto* set = std::get_if<sql::SetStatement>(&statement.node)) {
      definition.warnings.push_back(
          MakeError(ErrorKind::kUnsupported, "load: SET {} has no effect here", set->key)
              .At(file.source->Place(statement.span))
              .WithFix("write it under `configuration` in spark-pipeline.yml, or --set key=value"));
    }
  }
}

/// Flows may stand before their tables, and in other files.
void AddFlows(Definition& definition, std::vector<Error>& errors) {
  for (sql::ParsedFile& file : definition.files) {
    for (sql::Statement& statement : file.statements) {
      auto* const flow = std::get_if<sql::CreateFlow>(&statement.node);
      if (flow == nullptr) continue;
      if (Status added = AddFlow(*flow, file.source, definition); !added) {
        errors.push_back(std::move(added).error());
      }
    }
  }
  for (const auto& [key, dataset] : definition.datasets) {
    if (!dataset.flows.empty() || !errors.empty()) continue;
    errors.push_back(
        MakeError(ErrorKind::kInvalidInput, "declare {}: nothing fills it", dataset.display)
            .At(dataset.source->Place(dataset.span))
            .WithFix("write AS SELECT ... behind it, or CREATE FLOW f AS INSERT INTO it"));
  }
}

/// Which of the pipeline's datasets the queries name.
void FindInputs(Definition& definition) {
  for (auto& [key, dataset] : definition.datasets) {
    std::set<std::string> inputs;
    for (const FlowQuery& flow : dataset.flows) {
      for (const sql::TableUse& use : sql::TablesOf(*flow.query)) {
        if (use.is_function) continue;
        const Result<TableName> name = ResolveName(use.name_parts, definition.config);
        if (name && definition.datasets.contains(name->Key())) inputs.insert(name->Key());
      }
    }
    dataset.inputs.assign(inputs.begin(), inputs.end());
  }
}

/// Depth-first order; a dataset that is met while it is itself being visited closes a cycle.
class Sorter {
 public:
  Sorter(Definition& definition, std::vector<Error>& errors)
      : definition_(definition), errors_(errors) {}

  void Visit(const std::string& key) {
    if (done_.contains(key)) return;
    const auto begin = std::find(path_.begin(), path_.end(), key);
    if (begin != path_.end()) {
      ReportCycle({begin, path_.end()});
      return;
    }
    path_.push_back(key);
    for (const std::string& input : definition_.datasets.at(key).inputs) Visit(input);
    path_.pop_back();
    if (done_.insert(key).second) definition_.order.push_back(key);
  }

 private:
  void ReportCycle(std::vector<std::string> cycle) {
    const Dataset& first = definition_.datasets.at(cycle.front());
    std::string text;
    for (const std::string& key : cycle) text += definition_.datasets.at(key).display + " reads ";
    errors_.push_back(MakeError(ErrorKind::kInvalidInput, "order the datasets: a cycle: {}{}", text,
                                first.display)
                          .At(first.source->Place(first.span))
                          .WithFix("no dataset can be made from itself: break the cycle"));
  }

  Definition& definition_;
  std::vector<Error>& errors_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
};

/// Keys in the order of the text: files by name, then positions.
std::vector<std::string> InOrderOfText(const Definition& definition) {
  std::vector<std::string> keys;
  for (const auto& [key, dataset] : definition.datasets) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), [&](const std::string& a, const std::string& b) {
    const Dataset& left = definition.datasets.at(a);
    const Dataset& right = definition.datasets.at(b);
    return std::pair(left.source->file(), left.span.begin) <
           std::pair(right.source->file(), right.span.begin);
  });
  return keys;
}

}  // namespace

std::string TableName::Key() const { return Lower(catalog + "." + schema + "." + table); }

std::string TableName::Display(const Config& config) const {
  if (Lower(catalog) != Lower(config.catalog)) return catalog + "." + schema + "." + table;
  if (Lower(schema) != Lower(config.schema)) return schema + "." + table;
  return table;
}

std::string TableName::Path() const { return catalog + "/" + schema + "/" + table; }

bool Dataset::IsTable() const {
  return kind == sql::DatasetKind::kStreamingTable || kind == sql::DatasetKind::kMaterializedView;
}

bool Dataset::IsStreaming() const { return kind == sql::DatasetKind::kStreamingTable; }

std::string Dataset::Kind() const {
  if (applies_changes) return "streaming table";
  switch (kind) {
    case sql::DatasetKind::kStreamingTable:
      return "streaming table";
    case sql::DatasetKind::kMaterializedView:
      return "materialized view";
    case sql::DatasetKind::kTemporaryView:
      return "temporary view";
    case sql::DatasetKind::kView:
      return "view";
  }
  return "dataset";
}

Result<TableName> ResolveName(const std::vector<std::string>& parts, const Config& config) {
  std::vector<std::string> names = parts;
  if (names.size() > 1 && Lower(names.front()) == "live") names.erase(names.begin());
  if (names.empty() || names.size() > 3) {
    return Fail(ErrorKind::kInvalidInput, "name {}: a name has one to three parts",
                fmt::format("{}", fmt::join(parts, ".")));
  }
  for (const std::string& part : names) {
    const bool usable = !part.empty() && part != "." && part != ".." && part[0] != '_' &&
                        part.find('/') == std::string::npos && part.find('\0') == std::string::npos;
    if (!usable) {
      return Fail(ErrorKind::kInvalidInput,
                  "name `{}`: cannot be a folder's name (no `/`, not empty, no leading `_`)", part);
    }
  }
  TableName name{.catalog = config.catalog, .schema = config.schema, .table = names.back()};
  if (names.size() > 1) name.schema = names[names.size() - 2];
  if (names.size() > 2) name.catalog = names[0];
  return name;
}

tl::expected<Definition, std::vector<Error>> LoadDefinition(Config config) {
  Definition definition;
  definition.config = std::move(config);
  std::vector<Error> errors;
  for (const std::string& path : definition.config.sql_files) AddFile(path, definition, errors);
  for (const sql::ParsedFile& file : definition.files) AddStatements(file, definition, errors);
  AddFlows(definition, errors);
  FindInputs(definition);
  Sorter sorter(definition, errors);
  for (const std::string& key : InOrderOfText(definition)) sorter.Visit(key);
  if (definition.datasets.empty() && errors.empty()) {
    errors.push_back(MakeError(ErrorKind::kInvalidInput, "load {}: no dataset is declared",
                               definition.config.directory)
                         .WithFix("write CREATE STREAMING TABLE ... AS SELECT ..., or make a "
                                  "pipeline: oresmith init shop"));
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return definition;
}

}  // namespace oresmith::pipeline
