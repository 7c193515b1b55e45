#include "sql/binder.h"

#include <fmt/ranges.h>

#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {

Result<RelationInfo> Catalog::FindTableAt(const std::vector<std::string>& name_parts,
                                          const TimeTravel&) {
  return Fail(ErrorKind::kUnsupported, "table {}: reading an older version is not supported here",
              fmt::join(name_parts, "."));
}

Result<Plan> Binder::BindRoot(const Query& query, const SourceText& source) {
  source_ = &source;
  Plan plan;
  TRY(plan.root, BindQueryNode(query, nullptr, nullptr));
  plan.scan_count = next_scan_;
  plan.next_column_id = next_column_id_;
  return plan;
}

Result<Plan> BindQuery(const Query& query, const SourceText& source, Catalog& catalog,
                       const BindOptions& options) {
  return Binder(catalog, options).BindRoot(query, source);
}

Result<BoundDataset> BindDataset(const CreateDataset& dataset, const SourceText& source,
                                 const DatasetQuery& query, Catalog& catalog,
                                 const BindOptions& options) {
  return Binder(catalog, options).BindDataset(dataset, source, query);
}

Result<BoundDataset> BindDataset(const CreateDataset& dataset, const SourceText& source,
                                 Catalog& catalog, const BindOptions& options) {
  const DatasetQuery query{.query = dataset.query.get(), .source = &source};
  return BindDataset(dataset, source, query, catalog, options);
}

}  // namespace oresmith::sql
