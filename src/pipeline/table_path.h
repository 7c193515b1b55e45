#pragma once

// delta.`/path`: which store it lies in, and whether it is a table of this pipeline by another
// name.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "pipeline/definition.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// delta.`/path` or delta.`s3://bucket/path`
bool IsTablePath(const std::vector<std::string>& name_parts);

struct PathPlace {
  std::shared_ptr<storage::Store> store;  // null: the pipeline's own
  std::string root;
  const Dataset* owner = nullptr;  // null: no dataset of the pipeline
};

/// Stores that were opened by path. One thread at a time.
class TablePaths {
 public:
  /// All must outlive it and the stores that it gives.
  TablePaths(const Definition& definition, const Clock& clock, Random& random)
      : definition_(definition), clock_(clock), random_(random) {}

  /// Links, `..`, `file:` and a slash at the end make no difference: the same folder is the same
  /// table. Whether there is one is not looked at.
  /// Errors: as storage::OpenStore; kInvalidInput for a setting of the store that is not set.
  Result<PathPlace> Find(const std::string& path);

 private:
  const Definition& definition_;
  const Clock& clock_;
  Random& random_;
  std::map<std::string, std::shared_ptr<storage::Store>> stores_;  // by path, in one form
};

}  // namespace oresmith::pipeline
