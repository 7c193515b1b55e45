#pragma once

// The change data feed: which rows came, went and changed, version by version.
// Source: Delta PROTOCOL.md, "Add CDC File", "Reader Requirements for Change Data Feed"; Spark,
// CDCReader.

#include <memory>
#include <optional>
#include <string>

#include "columnar/batch.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The rows that the versions `from` to `to` (both included; absent, or past the newest one: up to
/// the newest) changed, in no order. Columns: those of the table, then `_change_type` STRING
/// (insert, delete, update_preimage, update_postimage), `_commit_version` BIGINT and
/// `_commit_timestamp` TIMESTAMP. The columns are the newest ones; under column mapping those of
/// `to`. The store must outlive the relation and its readers.
/// Errors: kNotFound for versions that are not there or whose log was cleaned up, with the
/// range that is left; kInvalidInput when `to` is before `from`, and when the table did not
/// keep its changes in all of these versions; while reading kCorrupt for a missing file.
Result<std::unique_ptr<columnar::Relation>> ScanChangeFeed(storage::Store& store, std::string root,
                                                           Version from, std::optional<Version> to);

}  // namespace oresmith::delta
