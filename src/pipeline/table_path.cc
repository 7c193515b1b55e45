#include "pipeline/table_path.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "storage/open_store.h"

namespace oresmith::pipeline {
namespace {

void DropSlashes(std::string& text) {
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
}

/// One form for all spellings of a folder.
std::string OneForm(std::string path) {
  if (storage::IsRemoteUrl(path)) {
    // The drivers of Hadoop have several names for the same bucket.
    constexpr std::pair<std::string_view, std::string_view> kSchemes[] = {
        {"s3a://", "s3://"}, {"s3n://", "s3://"}, {"abfs://", "abfss://"}};
    for (const auto& [from, to] : kSchemes) {
      if (path.starts_with(from)) path = std::string(to) + path.substr(from.size());
    }
    DropSlashes(path);
    return path;
  }
  if (path.starts_with("file:")) path = path.substr(5);
  const size_t first = path.find_first_not_of('/');
  if (first != std::string::npos && first > 1) path = path.substr(first - 1);
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  const std::filesystem::path real = std::filesystem::weakly_canonical(absolute, error);
  std::string text = error ? absolute.lexically_normal().string() : real.string();
  DropSlashes(text);
  return text;
}

}  // namespace

bool IsTablePath(const std::vector<std::string>& name_parts) {
  return name_parts.size() == 2 && name_parts[0] == "delta" &&
         name_parts[1].find('/') != std::string::npos;
}

Result<PathPlace> TablePaths::Find(const std::string& path) {
  const Config& config = definition_.config;
  const std::string folder = OneForm(path);
  for (const auto& [key, dataset] : definition_.datasets) {
    if (!dataset.IsTable()) continue;
    const std::string root = dataset.name.Path();
    if (OneForm(config.storage + "/" + root) != folder) continue;
    return PathPlace{.store = nullptr, .root = root, .owner = &dataset};
  }
  const std::string storage = OneForm(config.storage) + "/";
  if (folder.starts_with(storage)) {
    return PathPlace{.store = nullptr, .root = folder.substr(storage.size())};
  }
  std::shared_ptr<storage::Store>& store = stores_[folder];
  if (store == nullptr) {
    storage::StoreOptions options;
    options.environment = [&config](const std::string& name) -> std::optional<std::string> {
      const auto found = config.environment.find(name);
      return found == config.environment.end() ? std::nullopt : std::optional(found->second);
    };
    if (storage::IsRemoteUrl(folder)) {
      TRY(options.settings, StoreSettings(config));
    }
    TRY(store, storage::OpenStore(folder, options, clock_, random_));
  }
  return PathPlace{.store = store, .root = ""};
}

}  // namespace oresmith::pipeline
