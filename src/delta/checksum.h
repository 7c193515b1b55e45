#pragma once

// Checksum files `<version>.crc`: what a version adds up to, for readers that check themselves.
// They are exact, written after the commit, and never replaced; nobody depends on them.
// Source: Delta PROTOCOL.md, "Version Checksum File".

#include <optional>
#include <string>

#include "delta/replay.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The text of the state's checksum file. REQUIRES: its sums are exact.
std::string ChecksumJson(const TableState& state, const std::string& txn_id);

/// `<root>/_delta_log/<version>.crc`.
std::string ChecksumKey(const std::string& root, Version version);

/// What the checksum file of the state's version says of its files; absent when there is none that
/// can be read, or when it is that of another table.
std::optional<FileSums> SumsOfChecksum(storage::Store& store, const std::string& root,
                                       const TableState& state);

/// What the checksum file of the state's version says otherwise than the state; absent when it says
/// the same, or when there is none that can be read.
std::optional<std::string> DiffersFromChecksum(storage::Store& store, const std::string& root,
                                               const TableState& state);

}  // namespace oresmith::delta
