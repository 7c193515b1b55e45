#include "support/fake_catalog.h"

#include <fmt/format.h>

#include <utility>

namespace oresmith::sql {
namespace {

constexpr std::string_view kMetadata =
    "_metadata STRUCT<file_path: STRING, file_name: STRING, file_size: BIGINT, "
    "file_modification_time: TIMESTAMP>";

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

void FakeCatalog::AddTable(const std::string& name, std::string_view ddl) {
  auto schema = types::ParseDdlSchema(ddl);
  ORESMITH_ASSERT(schema.has_value());
  tables_[name] = RelationInfo{.name = "main.shop." + name, .source = name, .schema = *schema};
}

void FakeCatalog::AddFiles(const std::string& name, std::string_view ddl) {
  AddTable(name, fmt::format("{}, {}", ddl, kMetadata));
  tables_[name].hidden_columns = 1;
}

void FakeCatalog::AddView(const std::string& name, std::string sql) {
  auto parsed = ParseQuery(name + ".sql", std::move(sql));
  ORESMITH_ASSERT(parsed.has_value());
  views_[name] = std::move(*parsed);
}

Result<std::variant<RelationInfo, ViewInfo>> FakeCatalog::FindTable(
    const std::vector<std::string>& name_parts, bool /*stream*/) {
  const std::string name = Lower(name_parts.back());
  if (const auto table = tables_.find(name); table != tables_.end()) return table->second;
  const auto view = views_.find(name);
  if (view == views_.end()) return Fail(ErrorKind::kNotFound, "table {}: no such table", name);
  const auto& statement = std::get<QueryStatement>(view->second.statements[0].node);
  return ViewInfo{.name = name,
                  .query = statement.query.get(),
                  .source = view->second.source.get(),
                  .column_names = {}};
}

Result<RelationInfo> FakeCatalog::FindTableFunction(const std::string& name,
                                                    const std::vector<FunctionArgument>& arguments,
                                                    bool /*stream*/) {
  last_arguments_.clear();
  for (const FunctionArgument& argument : arguments) {
    last_arguments_.push_back(fmt::format("{}={}", argument.name, argument.value));
  }
  const auto table = tables_.find(name);
  if (table == tables_.end()) return Fail(ErrorKind::kNotFound, "function {}: unknown", name);
  return table->second;
}

}  // namespace oresmith::sql
