#pragma once

// Names of the files of a table: those of the log, and the encoding of data files' paths.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "delta/table.h"

namespace oresmith::delta {

/// What a name in `_delta_log` says. Source: Delta PROTOCOL.md, "File Types".
struct LogFileName {
  enum class Kind {
    kCommit,          // <version>.json
    kCheckpoint,      // <version>.checkpoint.parquet
    kCheckpointPart,  // <version>.checkpoint.<part>.<parts>.parquet
    kCheckpointV2,    // <version>.checkpoint.<uuid>.{json,parquet}
    kCompacted,       // <version>.<last_version>.compacted.json
    kChecksum,        // <version>.crc
  };
  Kind kind = Kind::kCommit;
  Version version{0};
  Version last_version{0};  ///< kCompacted only
  int part = 0;             ///< kCheckpointPart only, from 1
  int parts = 0;            ///< kCheckpointPart only
};

/// std::nullopt for a name that says nothing to a reader of the log.
std::optional<LogFileName> ParseLogFileName(std::string_view name);

/// The version as the log's names begin: 20 digits.
std::string VersionDigits(Version version);
/// `<root>/_delta_log`.
std::string LogFolder(std::string_view root);
/// `<root>/_delta_log/<version>.json`.
std::string CommitKey(std::string_view root, Version version);
std::string CheckpointKey(std::string_view root, Version version);
std::string LastCheckpointKey(std::string_view root);
/// `<root>/<path>`; `path` alone when the root is empty.
std::string KeyUnder(std::string_view root, std::string_view path);

/// The last part of a key.
std::string_view NameOf(std::string_view key);

/// A path of an action, percent-decoded once, and in one form for all its spellings: `file:/a`,
/// `file:///a` and `/a` are the same. Bytes that are not a valid escape stay as they are.
std::string DecodePath(std::string_view path);
/// As above: `path` itself when that is its form already, else what is put into `decoded`.
std::string_view DecodePath(std::string_view path, std::string& decoded);
/// The path as an action writes it: what a URI's path may not hold is percent-encoded, as Java
/// does.
std::string EncodePath(std::string_view path);
/// True for `/x` and `scheme:/x`, which do not lie in the table's folder by name.
bool IsAbsolutePath(std::string_view path);

/// One `column=value` folder with Hive's escapes; NULL and "" are `__HIVE_DEFAULT_PARTITION__`.
std::string PartitionFolder(std::string_view column, const std::optional<std::string>& value);

}  // namespace oresmith::delta
