#pragma once

// Where bad records and dropped rows go: the Delta table `<table>__quarantine`, one row each, with
// the raw bytes, the reason, the rules, and where the record came from.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::pipeline {

struct QuarantinedRow {
  std::string kind;  // "bad_record", "expectation" or "late"
  std::vector<std::string> rules;
  std::string reason;
  std::string file;      // empty: unknown
  int64_t line = 0;      // 0: unknown
  std::string raw;       // the record as it came, as text; empty when only `row` is known
  std::string row_json;  // the row that was dropped; empty for a record that never became one
};

/// The quarantine of one table. Made on the first row. One thread at a time.
class Quarantine {
 public:
  /// All must outlive it. `table_root`: of the table whose rows are kept here.
  Quarantine(storage::Store& store, const std::string& table_root, std::string dataset,
             const Clock& clock, Random& random);

  /// Commits the rows under `app_id` and `epoch`; does nothing when that epoch is there already.
  /// `replace`: the rows of earlier commits are removed (a view's quarantine is as new as the
  /// view). Errors: kBadRecord never; those of the table.
  Status Add(const std::vector<QuarantinedRow>& rows, const std::string& app_id, int64_t epoch,
             bool replace);

  const std::string& root() const { return root_; }

 private:
  Status OpenOrCreate();

  storage::Store& store_;
  std::string root_;
  std::string dataset_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<delta::Table> table_;  // null until the first row
};

/// The columns of every quarantine table.
types::Schema QuarantineSchema();

}  // namespace oresmith::pipeline
