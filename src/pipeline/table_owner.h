#pragma once

// Which Delta tables are a pipeline's own: they carry the property `oresmith.dataset`. A table that
// somebody else made is never written.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::pipeline {

inline constexpr const char* kDatasetProperty = "oresmith.dataset";

/// Opens the table at `root`, or creates it with `options` and marks it as made by `dataset`.
/// Tables that are only appended to need not hold all their files.
/// Errors: kAlreadyExists when a table stands there that this program did not make (or other
/// files).
Result<std::unique_ptr<delta::Table>> OpenOrCreateOwned(
    storage::Store& store, const std::string& root, const std::string& dataset,
    delta::CreateOptions options, delta::FilesHeld held, const Clock& clock, Random& random);

/// kAlreadyExists unless the table is marked as made by a pipeline.
Status CheckOwned(const delta::Table& table, const std::string& dataset, storage::Store& store);

/// A checkpoint that could not be written costs readers time, and no commit.
void LogCheckpointError(delta::Table& table, const Logger& log);

}  // namespace oresmith::pipeline
