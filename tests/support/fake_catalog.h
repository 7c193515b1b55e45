#pragma once

// A catalog of tables that a test declares by their DDL.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sql/binder.h"

namespace oresmith::sql {

/// Tables are found by the last part of their name, ignoring case.
class FakeCatalog final : public Catalog {
 public:
  /// REQUIRES: `ddl` is a column list.
  void AddTable(const std::string& name, std::string_view ddl);
  /// The same with a hidden `_metadata` column, as files have it.
  void AddFiles(const std::string& name, std::string_view ddl);
  /// REQUIRES: `sql` is a query.
  void AddView(const std::string& name, std::string sql);
  RelationInfo& Table(const std::string& name) { return tables_.at(name); }

  Result<std::variant<RelationInfo, ViewInfo>> FindTable(const std::vector<std::string>& name_parts,
                                                         bool stream) override;
  Result<RelationInfo> FindTableFunction(const std::string& name,
                                         const std::vector<FunctionArgument>& arguments,
                                         bool stream) override;
  /// `name=value` of the last table function's arguments.
  const std::vector<std::string>& last_arguments() const { return last_arguments_; }

 private:
  std::map<std::string, RelationInfo> tables_;
  std::map<std::string, ParsedFile> views_;
  std::vector<std::string> last_arguments_;
};

}  // namespace oresmith::sql
