#include "pipeline/config.h"

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <thread>

#include "storage/open_store.h"

namespace oresmith::pipeline {
namespace {

namespace fs = std::filesystem;

bool IsHidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.empty() || name[0] == '.' || name[0] == '_';
}

bool IsPipelineResource(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".pipeline.yml") || name.ends_with(".pipeline.yaml");
}

/// The file that describes the pipeline, when there is one.
Result<std::optional<fs::path>> FindSpec(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "spark-pipeline.yml" || name == "spark-pipeline.yaml" ||
        IsPipelineResource(entry.path())) {
      found.push_back(entry.path());
    }
  }
  if (error) {
    return Fail(ErrorKind::kInvalidInput, "read {}: {}", directory.string(), error.message());
  }
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    return Fail(ErrorKind::kInvalidInput, "load {}: two files describe the pipeline: {} and {}",
                directory.string(), found[0].filename().string(), found[1].filename().string());
  }
  if (found.empty()) return std::optional<fs::path>{};
  return std::optional<fs::path>{found[0]};
}

Error SpecError(const fs::path& file, const YAML::Node& node, std::string message) {
  Error error =
      MakeError(ErrorKind::kInvalidInput, "load {}: {}", file.filename().string(), message);
  if (node.Mark().line >= 0) {
    error.place = SourcePlace{.file = file.string(),
                              .line = node.Mark().line + 1,
                              .column = node.Mark().column + 1,
                              .length = 1,
                              .line_text = {}};
  }
  return error;
}

Result<std::string> Text(const fs::path& file, const YAML::Node& node, std::string_view key) {
  if (!node.IsScalar()) return Fail(SpecError(file, node, fmt::format("{} must be text", key)));
  return node.Scalar();
}

/// Adds the .sql files of one include: a file, a folder, or `folder/**`.
Status AddIncluded(const fs::path& file, const YAML::Node& node, Config& config) {
  std::string text = node.Scalar();
  for (const std::string_view tail : {"/**", "/*.sql", "/*"}) {
    if (text.ends_with(tail)) text.resize(text.size() - tail.size());
  }
  const fs::path path = fs::path(config.directory) / text;
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    if (path.extension() == ".sql") {
      config.sql_files.push_back(path.string());
      return {};
    }
    return Fail(SpecError(file, node, fmt::format("{}: only .sql files run here", text))
                    .WithFix("write the dataset in SQL, or leave the file out of the libraries"));
  }
  if (!fs::is_directory(path, error)) {
    return Fail(SpecError(file, node, fmt::format("{}: no such file or folder", text)));
  }
  for (auto entry = fs::recursive_directory_iterator(path, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (IsHidden(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".sql" && entry->is_regular_file()) {
      config.sql_files.push_back(entry->path().string());
    }
  }
  return {};
}

Status ReadLibraries(const fs::path& file, const YAML::Node& node, Config& config) {
  if (!node.IsSequence()) return Fail(SpecError(file, node, "libraries must be a list"));
  for (const auto& library : node) {
    if (library.IsMap() && library["glob"] && library["glob"]["include"]) {
      TRY_DO(AddIncluded(file, library["glob"]["include"], config));
    } else if (library.IsMap() && library["file"] && library["file"]["path"]) {
      TRY_DO(AddIncluded(file, library["file"]["path"], config));
    } else if (library.IsMap() && library["notebook"] && library["notebook"]["path"]) {
      TRY_DO(AddIncluded(file, library["notebook"]["path"], config));
    } else {
      return Fail(SpecError(file, library,
                            "each library is `glob: {include: ...}`, `file: {path: ...}` or "
                            "`notebook: {path: ...}`"));
    }
  }
  return {};
}

/// A path, a file: URI or an object store's URL. Relative paths start at the pipeline's folder.
Result<std::string> StoragePath(const fs::path& file, const YAML::Node& node,
                                const std::string& directory) {
  TRY(std::string text, Text(file, node, "storage"));
  if (storage::IsRemoteUrl(text)) return text;
  if (text.starts_with("file://")) text = text.substr(7);
  return (fs::path(directory) / text).lexically_normal().string();
}

/// Keys that both forms know. Databricks settings about its own compute have no meaning here.
bool IsIgnoredSetting(const std::string& key) {
  static constexpr std::string_view kIgnored[] = {
      "serverless", "continuous",    "development", "photon",          "edition", "channel",
      "clusters",   "notifications", "root_path",   "environment",     "run_as",  "restart_window",
      "event_log",  "permissions",   "tags",        "budget_policy_id"};
  return std::find(std::begin(kIgnored), std::end(kIgnored), key) != std::end(kIgnored);
}

Status ReadFields(const fs::path& file, const YAML::Node& fields, bool databricks, Config& config) {
  for (const auto& item : fields) {
    const std::string key = item.first.Scalar();
    const YAML::Node& value = item.second;
    if (key == "name") {
      TRY(config.name, Text(file, value, key));
    } else if (key == "catalog") {
      TRY(config.catalog, Text(file, value, key));
    } else if (key == "schema" || key == "database" || key == "target") {
      TRY(config.schema, Text(file, value, key));
    } else if (key == "storage") {
      TRY(config.storage, StoragePath(file, value, config.directory));
    } else if (key == "libraries") {
      TRY_DO(ReadLibraries(file, value, config));
    } else if (key == "configuration") {
      if (!value.IsMap()) return Fail(SpecError(file, value, "configuration must be a map"));
      for (const auto& setting : value) {
        TRY(config.parameters[setting.first.Scalar()],
            Text(file, setting.second, setting.first.Scalar()));
      }
    } else if (!databricks || !IsIgnoredSetting(key)) {
      return Fail(SpecError(file, item.first, fmt::format("unknown field `{}`", key))
                      .WithFix("known fields: name, catalog, schema, storage, libraries, "
                               "configuration"));
    }
  }
  return {};
}

Status ReadSpec(const fs::path& file, Config& config) {
  YAML::Node document;
  try {
    document = YAML::LoadFile(file.string());
  } catch (const YAML::Exception& exception) {
    Error error =
        MakeError(ErrorKind::kInvalidInput, "load {}: {}", file.filename().string(), exception.msg);
    error.place = SourcePlace{.file = file.string(),
                              .line = exception.mark.line + 1,
                              .column = exception.mark.column + 1,
                              .length = 1,
                              .line_text = {}};
    return Fail(std::move(error));
  }
  if (!document.IsMap()) return Fail(SpecError(file, document, "the file must be a map of fields"));
  if (!IsPipelineResource(file)) return ReadFields(file, document, false, config);
  const YAML::Node resources = document["resources"];
  const YAML::Node pipelines =
      resources && resources.IsMap() ? resources["pipelines"] : YAML::Node();
  if (!pipelines || !pipelines.IsMap() || pipelines.size() != 1) {
    return Fail(SpecError(file, document, "expected one pipeline under resources.pipelines"));
  }
  return ReadFields(file, pipelines.begin()->second, true, config);
}

/// Without libraries all .sql files of the folder belong to the pipeline, those of the storage and
/// hidden folders left out.
Status FindSqlFiles(Config& config) {
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(config.directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool is_storage = entry->path().lexically_normal() == fs::path(config.storage);
    if (IsHidden(entry->path()) || is_storage) {
      entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".sql" && entry->is_regular_file()) {
      config.sql_files.push_back(entry->path().string());
    }
  }
  if (error) {
    return Fail(ErrorKind::kInvalidInput, "read {}: {}", config.directory, error.message());
  }
  return {};
}

Status ReadSettings(Config& config) {
  std::error_code none;
  config.spill_directory = std::filesystem::temp_directory_path(none).string();
  for (const auto& [key, value] : config.parameters) {
    if (key == "spark.sql.session.timeZone") {
      config.time_zone = value;
    } else if (key == "oresmith.memory") {
      TRY(config.memory_bytes_max, ParseBytes(value));
    } else if (key == "oresmith.epochBytes") {
      TRY(config.epoch_bytes_max, ParseBytes(value));
    } else if (key == "oresmith.spillDirectory") {
      config.spill_directory = value;
    } else if (key == "oresmith.threads") {
      TRY(const int64_t threads, ParseBytes(value));
      if (threads < 1 || threads > 256) {
        return Fail(ErrorKind::kInvalidInput, "oresmith.threads: must be 1 to 256, is {}", value);
      }
      config.threads = static_cast<int>(threads);
    } else if (key.starts_with("oresmith.") && !storage::IsStoreSetting(key)) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "configuration: unknown setting {}", key)
                      .WithFix("known settings: oresmith.memory, oresmith.epochBytes, "
                               "oresmith.spillDirectory, oresmith.threads"));
    }
  }
  return {};
}

/// Replaces `${env:NAME}` and `${key}`: secrets stay out of files.
Result<std::string> Expand(const std::string& key, std::string_view text, const Config& config) {
  std::string out;
  while (true) {
    const size_t begin = text.find("${");
    const size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    out += text.substr(0, end == std::string_view::npos ? end : begin);
    if (end == std::string_view::npos) return out;
    const std::string name(text.substr(begin + 2, end - begin - 2));
    const auto value = config.parameters.find(name);
    if (value == config.parameters.end()) {
      const bool variable = name.starts_with("env:");
      return Fail(MakeError(ErrorKind::kInvalidInput, "configuration: {}: {} is not set", key, name)
                      .WithFix(variable
                                   ? "set it in the environment: export " + name.substr(4) + "=..."
                                   : "set it under configuration, or by --set"));
    }
    out += value->second;
    text.remove_prefix(end + 1);
  }
}

Status ReadStorageSettings(Config& config) {
  for (const auto& [key, value] : config.parameters) {
    if (storage::IsStoreSetting(key)) config.storage_settings[key] = value;
  }
  if (!storage::IsRemoteUrl(config.storage)) return {};
  TRY(config.storage_settings, StoreSettings(config));
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> StoreSettings(const Config& config) {
  std::map<std::string, std::string> settings;
  for (const auto& [key, value] : config.parameters) {
    if (!storage::IsStoreSetting(key)) continue;
    if (value.starts_with("{{secrets/")) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "configuration: {}: Databricks' secrets cannot be read here", key)
                      .WithFix("put the secret into a variable of the environment and write "
                               "${env:NAME}"));
    }
    TRY(settings[key], Expand(key, value, config));
  }
  return settings;
}

Result<int64_t> ParseBytes(std::string_view text) {
  int64_t number = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, text.data() + text.size() - rest);
  int shift = -1;
  if (unit.empty() || unit == "b") shift = 0;
  if (unit == "k" || unit == "kb" || unit == "K") shift = 10;
  if (unit == "m" || unit == "mb" || unit == "M") shift = 20;
  if (unit == "g" || unit == "gb" || unit == "G") shift = 30;
  if (code != std::errc() || number < 0 || shift < 0 || number > (int64_t{1} << 62 >> shift)) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "not a number of bytes: {}", text)
                    .WithFix("write for example 384m or 1g"));
  }
  return number << shift;
}

Result<Config> LoadConfig(const LoadOptions& options) {
  Config config;
  std::error_code error;
  const fs::path directory = fs::absolute(options.directory, error).lexically_normal();
  if (error || !fs::is_directory(directory, error)) {
    return Fail(MakeError(ErrorKind::kNotFound, "load {}: no such folder", options.directory)
                    .WithFix("name a pipeline's folder, or make one: oresmith init shop"));
  }
  config.directory = directory.string();
  while (config.directory.size() > 1 && config.directory.back() == '/') config.directory.pop_back();
  config.name = fs::path(config.directory).filename().string();
  config.storage = (fs::path(config.directory) / "lakehouse").string();
  config.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 16U));

  TRY(const std::optional<fs::path> spec, FindSpec(directory));
  if (spec) TRY_DO(ReadSpec(*spec, config));
  for (const auto& [key, value] : options.set) config.parameters[key] = value;
  TRY_DO(ReadSettings(config));
  for (const auto& [key, value] : options.env) config.parameters["env:" + key] = value;
  config.environment = options.env;
  TRY_DO(ReadStorageSettings(config));
  if (config.sql_files.empty()) TRY_DO(FindSqlFiles(config));
  if (config.sql_files.empty()) {
    return Fail(
        MakeError(ErrorKind::kNotFound, "load {}: the folder has no .sql file", config.directory)
            .WithFix("write a pipeline there, or make one: oresmith init shop"));
  }
  std::sort(config.sql_files.begin(), config.sql_files.end());
  config.sql_files.erase(std::unique(config.sql_files.begin(), config.sql_files.end()),
                         config.sql_files.end());
  return config;
}

}  // namespace oresmith::pipeline
