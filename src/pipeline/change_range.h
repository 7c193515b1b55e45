#pragma once

// The arguments of table_changes('table', from [, to]): which table, and which of its versions.
// Source: Databricks, "table_changes table-valued function"; Spark, CDCReader.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/table.h"
#include "pipeline/catalog.h"
#include "sql/binder.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// Errors: kInvalidInput for a first argument that is no table's name, and for a wrong number of
/// arguments.
Result<std::vector<std::string>> ChangedTable(const std::vector<sql::FunctionArgument>& arguments);

/// A constant expression as a time: microseconds since 1970 in UTC.
using TimeReader = std::function<Result<int64_t>(const std::string& sql)>;

/// Sets the range of `scan`, whose table is in `store` and `newest` is. A number is a version;
/// anything else is a time: from the first version at that time or later, to the last one at that
/// time or before. REQUIRES: ChangedTable took the arguments.
/// Errors: kInvalidInput for versions and times that the table does not have, with those it has,
/// and for a range that ends before it begins.
Status FindRange(const std::vector<sql::FunctionArgument>& arguments, storage::Store& store,
                 const delta::Snapshot& newest, const TimeReader& time, ChangeScan& scan);

}  // namespace oresmith::pipeline
