#pragma once

// SQL text bound, prepared and run over tables in memory, for the tests of this folder.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "plan_builder.h"
#include "sql/binder.h"
#include "sql/parser.h"

namespace oresmith::engine {

/// Tables in memory, by their last name.
class TestCatalog final : public sql::Catalog {
 public:
  void Add(const std::string& name, types::Schema schema, std::vector<columnar::Batch> batches,
           int hidden_columns = 0) {
    tables_[name] = Table{.schema = schema,
                          .relation = columnar::MakeRelation(schema, std::move(batches)),
                          .hidden_columns = hidden_columns};
  }
  const columnar::Relation* Find(const std::string& source) const {
    return tables_.at(source).relation.get();
  }
  Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(
      const std::vector<std::string>& name_parts, bool /*stream*/) override {
    const auto found = tables_.find(name_parts.back());
    if (found == tables_.end()) {
      return Fail(ErrorKind::kNotFound, "no table {}", name_parts.back());
    }
    return sql::RelationInfo{.name = name_parts.back(),
                             .source = name_parts.back(),
                             .schema = found->second.schema,
                             .hidden_columns = found->second.hidden_columns};
  }
  Result<sql::RelationInfo> FindTableFunction(const std::string& name,
                                              const std::vector<sql::FunctionArgument>& /*args*/,
                                              bool /*stream*/) override {
    return Fail(ErrorKind::kNotFound, "no table function {}", name);
  }

 private:
  struct Table {
    types::Schema schema;
    std::unique_ptr<columnar::Relation> relation;
    int hidden_columns = 0;
  };
  std::map<std::string, Table> tables_;
};

struct BoundSql {
  std::unique_ptr<PreparedQuery> query;
  std::vector<const columnar::Relation*> inputs;
};

inline Result<BoundSql> PrepareSql(Engine& engine, TestCatalog& catalog, const std::string& text) {
  auto parsed = sql::ParseQuery("query", text);
  if (!parsed) return Fail(parsed.error().front());
  const auto& statement = std::get<sql::QueryStatement>(parsed->statements.front().node);
  TRY(sql::Plan plan,
      sql::BindQuery(*statement.query, *parsed->source, catalog, sql::BindOptions{}));
  BoundSql bound;
  for (const sql::Operator* scan : sql::Scans(plan)) {
    bound.inputs.push_back(catalog.Find(std::get<sql::Scan>(scan->node).source));
  }
  TRY(bound.query, engine.Prepare(std::move(plan)));
  return bound;
}

inline Result<Rows> RunSql(Engine& engine, TestCatalog& catalog, const std::string& text) {
  TRY(const BoundSql bound, PrepareSql(engine, catalog, text));
  return RunAll(*bound.query, bound.inputs);
}

}  // namespace oresmith::engine
