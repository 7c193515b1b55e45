#pragma once

// What a pipeline folder says about itself: spark-pipeline.yml, a Databricks pipeline resource
// (*.pipeline.yml), or nothing but .sql files.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace oresmith::pipeline {

struct Config {
  std::string name;
  std::string directory;  // absolute
  std::string storage;    // absolute path of the tables' root, or the URL of an object store
  std::string catalog = "main";
  std::string schema = "default";
  std::vector<std::string> sql_files;  // absolute, sorted
  /// For ${key}: configuration, --set, and env:NAME.
  std::map<std::string, std::string> parameters;
  /// Those of the configuration that are about stores, with their ${...} replaced when `storage` is
  /// a URL. May hold secrets: not to be shown.
  std::map<std::string, std::string> storage_settings;
  std::map<std::string, std::string> environment;  // of the process
  std::string time_zone = "UTC";                   // spark.sql.session.timeZone
  int64_t memory_bytes_max = 512 << 20;            // oresmith.memory, of the process
  /// oresmith.spillDirectory, of what does not fit into memory; as a rule the system's for
  /// temporary files.
  std::string spill_directory;
  int64_t epoch_bytes_max = 64 << 20;  // oresmith.epochBytes, of input in one epoch
  int threads = 2;                     // oresmith.threads
};

/// Errors: kNotFound for the folder, kInvalidInput for the file's content, with file and key.
Result<Config> LoadConfig(const LoadOptions& options);

/// The settings that are about stores, with their ${...} replaced. May hold secrets.
/// Errors: kInvalidInput for one that is not set, with its key.
Result<std::map<std::string, std::string>> StoreSettings(const Config& config);

/// "384m", "1g", "65536": bytes. Errors: kInvalidInput.
Result<int64_t> ParseBytes(std::string_view text);

}  // namespace oresmith::pipeline
