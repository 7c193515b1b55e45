#pragma once

// What one commit consists of, and whether it still holds after somebody else's commit.
// Source: Delta PROTOCOL.md; Spark, ConflictChecker.

#include <string>
#include <string_view>

#include "delta/action.h"
#include "delta/replay.h"
#include "delta/table.h"

namespace oresmith::delta {

/// A commit ready to be put: the bytes, and the same as actions.
struct PreparedCommit {
  std::string text;
  Actions actions;
};

/// What a commit rests on: the table as it was when Commit was called.
struct CommitBase {
  Version version;
  types::Schema schema;
  std::vector<std::string> partition_columns;
};

/// Checks the request against the newest state.
/// Errors: kUnsupported for features; kInvalidInput for a request that this table forbids.
Status CheckRequest(std::string_view table, const TableState& state, const CommitRequest& request);

/// The commit after `state`.
/// Errors: kInvalidInput for text that is not UTF-8.
Result<PreparedCommit> PrepareCommit(std::string_view table, const TableState& state,
                                     const CommitRequest& request, int64_t now_ms,
                                     const std::string& txn_id);

/// Whether the request still means the same after the commit `winner` of version `version`.
/// Errors: kConflict, with the version and the reason.
Status CheckConflict(std::string_view table, const CommitBase& base, const CommitRequest& request,
                     Version version, const Actions& winner);

/// The commit of version 0.
/// Errors: kInvalidInput, kUnsupported: for the schema and for properties.
Result<PreparedCommit> PrepareCreate(std::string_view table, const CreateOptions& options,
                                     const std::string& table_id, int64_t now_ms,
                                     const std::string& txn_id);

}  // namespace oresmith::delta
