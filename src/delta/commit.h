#pragma once

// What one commit consists of, and whether it still holds after somebody else's commit.
// Source: Delta PROTOCOL.md; Spark, ConflictChecker.

#include <memory>
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
  std::shared_ptr<const Metadata> metadata;
};

/// Checks the request against the newest state.
/// Errors: kUnsupported for features; kInvalidInput for a request that this table forbids;
/// kConflict for a file to be removed that is not there.
Status CheckRequest(std::string_view table, const TableState& state, const CommitRequest& request);

/// What does not change when a commit is tried again at a later version.
struct CommitTry {
  int64_t now_ms = 0;
  std::string txn_id;
};

/// The commit after `state`.
/// Errors: kInvalidInput for text that is not UTF-8, and for rows that cannot be numbered.
Result<PreparedCommit> PrepareCommit(std::string_view table, const TableState& state,
                                     const CommitRequest& request, const CommitTry& attempt);

/// Whether the request still means the same after the commit `winner` of version `version`, which
/// comes after `before`. The rules are Spark's, in its order.
/// Errors: kConflict, with the version and the reason; kUnsupported for a feature that it brought.
Status CheckConflict(std::string_view table, const CommitBase& base, const CommitRequest& request,
                     const TableState& before, Version version, const Actions& winner);

/// Adds only, and nothing of the table was read: other writers need not care.
bool IsBlindAppend(const CommitRequest& request);
/// What the request asks for, else the table's property.
Isolation IsolationOf(const CommitRequest& request, const Properties& configuration);

/// The commit of version 0.
/// Errors: kInvalidInput, kUnsupported: for the schema and for properties.
Result<PreparedCommit> PrepareCreate(std::string_view table, const CreateOptions& options,
                                     const std::string& table_id, int64_t now_ms,
                                     const std::string& txn_id);

}  // namespace oresmith::delta
