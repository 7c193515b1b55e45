#include <algorithm>
#include <charconv>

#include "base/near.h"
#include "storage/remote/settings_internal.h"

namespace oresmith::storage {
namespace {

constexpr std::string_view kHadoop = "spark.hadoop.";
constexpr std::string_view kBucket = "fs.s3a.bucket.";
constexpr std::string_view kFamilies[] = {"fs.s3a.", "fs.azure.", "fs.gs.", "google.cloud.auth.",
                                          "oresmith.storage."};

struct Known {
  std::string_view name;
  /// Names go on behind it: an account, or a container and an account.
  bool goes_on = false;
};

constexpr Known kKnown[] = {
    {"oresmith.storage.caFile"},
    {"oresmith.storage.connectTimeout"},
    {"oresmith.storage.requestTimeout"},
    {"oresmith.storage.retryDeadline"},
    {"oresmith.storage.partBytes"},
    {"fs.s3a.access.key"},
    {"fs.s3a.secret.key"},
    {"fs.s3a.session.token"},
    {"fs.s3a.endpoint"},
    {"fs.s3a.endpoint.region"},
    {"fs.s3a.path.style.access"},
    {"fs.s3a.connection.ssl.enabled"},
    {"fs.s3a.aws.credentials.provider"},
    {"fs.s3a.profile"},
    {"oresmith.storage.azure.account"},
    {"oresmith.storage.azure.connectionString"},
    {"oresmith.storage.azure.endpoint"},
    {"fs.azure.account.key", true},
    {"fs.azure.account.auth.type", true},
    {"fs.azure.account.oauth.provider.type", true},
    {"fs.azure.account.oauth2.client.id", true},
    {"fs.azure.account.oauth2.client.secret", true},
    {"fs.azure.account.oauth2.client.endpoint", true},
    {"fs.azure.account.oauth2.token.file", true},
    {"fs.azure.account.oauth2.msi.tenant", true},
    {"fs.azure.sas", true},
    {"fs.gs.auth.type"},
    {"fs.gs.auth.service.account.email"},
    {"fs.gs.auth.service.account.private.key"},
    {"fs.gs.auth.service.account.private.key.id"},
    {"fs.gs.auth.service.account.json.keyfile"},
    {"google.cloud.auth.service.account.json.keyfile"},
    {"fs.gs.storage.root.url"},
};

// Of Hadoop's own machinery: accepted, because working configurations have them, without effect.
constexpr Known kWithoutEffect[] = {
    {"fs.s3a.impl"},
    {"fs.s3a.connection.maximum"},
    {"fs.s3a.threads.max"},
    {"fs.s3a.fast.upload", true},
    {"fs.s3a.committer", true},
    {"fs.s3a.attempts.maximum"},
    {"fs.s3a.multipart", true},
    {"fs.s3a.block.size"},
    {"fs.azure.sas.token.provider.type", true},
    {"fs.gs.impl"},
    {"fs.gs.project.id"},
    {"google.cloud.auth.service.account.enable"},
};

bool Matches(const Known& known, std::string_view name) {
  if (!name.starts_with(known.name)) return false;
  const std::string_view rest = name.substr(known.name.size());
  return rest.empty() || (known.goes_on && rest.starts_with('.'));
}

bool IsKnown(std::string_view name) {
  const auto matches = [name](const Known& known) { return Matches(known, name); };
  return std::ranges::any_of(kKnown, matches) || std::ranges::any_of(kWithoutEffect, matches);
}

/// fs.s3a.bucket.<bucket>.access.key is fs.s3a.access.key; a bucket's name may have dots.
bool IsKnownOfBucket(std::string_view name) {
  if (!name.starts_with(kBucket)) return false;
  const std::string_view rest = name.substr(kBucket.size());
  for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.', dot + 1)) {
    if (IsKnown("fs.s3a" + std::string(rest.substr(dot)))) return true;
  }
  return false;
}

/// The first `count` words between dots.
std::string FirstWords(std::string_view name, std::ptrdiff_t count) {
  size_t end = 0;
  for (; end < name.size(); ++end) {
    if (name[end] == '.' && --count == 0) break;
  }
  return std::string(name.substr(0, end));
}

std::string Suggestion(const std::string& name) {
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  std::string nearest = Nearest(name, names);
  // Where an account goes on behind the name, only the words before it can be compared.
  for (const Known& known : kKnown) {
    if (!nearest.empty() || !known.goes_on) continue;
    const auto words = std::ranges::count(known.name, '.') + 1;
    nearest = Nearest(FirstWords(name, words), {std::string(known.name)});
  }
  if (nearest.empty()) return "the known ones are in docs/reference/storage-settings.md";
  return fmt::format("did you mean {}?", nearest);
}

}  // namespace

bool IsStoreSetting(std::string_view name) {
  if (name.starts_with(kHadoop)) name.remove_prefix(kHadoop.size());
  return std::ranges::any_of(kFamilies, [&](auto family) { return name.starts_with(family); });
}

Result<Settings> Settings::Read(const StoreOptions& options) {
  Settings settings;
  settings.environment_ = options.environment;
  for (const auto& [given, value] : options.settings) {
    const std::string name = given.starts_with(kHadoop) ? given.substr(kHadoop.size()) : given;
    if (!IsKnown(name) && !IsKnownOfBucket(name)) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "open the storage: unknown setting {}", given)
                      .WithFix(Suggestion(name)));
    }
    settings.values_[name] = value;
  }
  return settings;
}

std::optional<std::string> Settings::Find(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    const auto found = values_.find(name);
    if (found != values_.end() && !found->second.empty()) return found->second;
  }
  return std::nullopt;
}

std::optional<std::string> Settings::Environment(const std::string& name) const {
  if (!environment_) return std::nullopt;
  std::optional<std::string> value = environment_(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

Result<bool> Settings::Flag(const std::string& name, bool otherwise) const {
  const std::optional<std::string> value = Find({name});
  if (!value) return otherwise;
  if (*value == "true") return true;
  if (*value == "false") return false;
  return Fail(ErrorKind::kInvalidInput, "open the storage: {} must be true or false, is '{}'", name,
              *value);
}

Result<std::chrono::milliseconds> Settings::Duration(const std::string& name,
                                                     std::chrono::milliseconds otherwise) const {
  const std::optional<std::string> value = Find({name});
  if (!value) return otherwise;
  int64_t number = 0;
  const auto [rest, code] = std::from_chars(value->data(), value->data() + value->size(), number);
  const std::string_view unit(rest, value->data() + value->size() - rest);
  int64_t factor = 0;
  if (unit.empty() || unit == "ms") factor = 1;
  if (unit == "s") factor = 1000;
  if (unit == "m") factor = 60'000;
  if (code != std::errc() || factor == 0 || number < 1 || number > 86'400'000 / factor) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "open the storage: {} is no duration: '{}'",
                          name, *value)
                    .WithFix("write for example 500ms, 30s or 2m"));
  }
  return std::chrono::milliseconds(number * factor);
}

Result<int64_t> Settings::PartBytes() const {
  // S3 takes parts of 5 MiB to 5 GiB, GCS multiples of 256 KiB.
  constexpr int64_t kUnit = 256 << 10;
  const std::optional<std::string> value = Find({"oresmith.storage.partBytes"});
  if (!value) return 8 << 20;
  int64_t bytes = 0;
  const auto [rest, code] = std::from_chars(value->data(), value->data() + value->size(), bytes);
  if (code != std::errc() || rest != value->data() + value->size() || bytes < (5 << 20) ||
      bytes > (64 << 20) || bytes % kUnit != 0) {
    return Fail(ErrorKind::kInvalidInput,
                "open the storage: oresmith.storage.partBytes must be a multiple of 262144 from "
                "5242880 to 67108864, is '{}'",
                *value);
  }
  return bytes;
}

Result<std::shared_ptr<Remote>> Settings::MakeRemote(const Clock& clock, Random& random) const {
  HttpOptions http;
  RetryOptions retry;
  TRY(http.connect_timeout, Duration("oresmith.storage.connectTimeout", http.connect_timeout));
  TRY(http.stall_timeout, Duration("oresmith.storage.requestTimeout", http.stall_timeout));
  TRY(retry.deadline, Duration("oresmith.storage.retryDeadline", retry.deadline));
  http.ca_file = Find({"oresmith.storage.caFile"}).value_or("");
  if (http.ca_file.empty()) http.ca_file = Environment("AWS_CA_BUNDLE").value_or("");
  if (http.ca_file.empty()) http.ca_file = Environment("SSL_CERT_FILE").value_or("");
  auto remote = std::make_shared<Remote>(std::move(http), retry, clock, random);
  TRY(remote->part_bytes, PartBytes());
  return remote;
}

Result<Endpoint> ParseEndpoint(const std::string& setting, std::string_view text) {
  Endpoint endpoint{.scheme = "https", .host = {}, .path = {}};
  std::string_view rest = text;
  if (const size_t colon = text.find("://"); colon != std::string_view::npos) {
    endpoint.scheme = text.substr(0, colon);
    rest = text.substr(colon + 3);
  }
  const size_t slash = rest.find('/');
  endpoint.host = rest.substr(0, slash);
  if (slash != std::string_view::npos) endpoint.path = rest.substr(slash);
  while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  const bool good_scheme = endpoint.scheme == "https" || endpoint.scheme == "http";
  if (good_scheme && !endpoint.host.empty() &&
      endpoint.host.find_first_of("@?# ") == std::string::npos) {
    return endpoint;
  }
  // Not shown: people write keys into URLs.
  return Fail(
      MakeError(ErrorKind::kInvalidInput, "open the storage: {} is no server's address", setting)
          .WithFix("write for example https://s3.eu-west-1.amazonaws.com or "
                   "http://localhost:9000"));
}

}  // namespace oresmith::storage
