#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delta/checkpoint.h"
#include "delta/json_internal.h"
#include "delta/md5.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

constexpr int kDepthMax = 50;

/// A text in quotes, all but RFC 3986's unreserved characters percent-encoded.
std::string CanonicalText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out + '"';
}

using Lines = std::vector<std::pair<std::string, std::string>>;

/// False when the value is nested too deep.
bool AppendCanonical(const Json& value, const std::string& path, Lines& lines, int depth) {
  if (depth > kDepthMax) return false;
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "+" + key; };
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      if (depth == 0 && key == "checksum") continue;
      if (!AppendCanonical(child, below(CanonicalText(key)), lines, depth + 1)) return false;
    }
    return true;
  }
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (!AppendCanonical(value[i], below(std::to_string(i)), lines, depth + 1)) return false;
    }
    return true;
  }
  const auto* text = value.get_ptr<const std::string*>();
  lines.emplace_back(path, text != nullptr ? CanonicalText(*text) : value.dump());
  return true;
}

std::optional<int64_t> UnitMillis(std::string_view unit) {
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "week") return 7LL * 86'400'000;
  if (unit == "day") return 86'400'000;
  if (unit == "hour") return 3'600'000;
  if (unit == "minute") return 60'000;
  if (unit == "second") return 1000;
  if (unit == "millisecond") return 1;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> JsonChecksum(std::string_view json) {
  const auto object = ParseObject(json);
  if (!object) return std::nullopt;
  Lines lines;
  if (!AppendCanonical(*object, "", lines, 0)) return std::nullopt;
  std::ranges::sort(lines);
  std::string canonical;
  for (const auto& [path, value] : lines) {
    if (!canonical.empty()) canonical += ',';
    canonical += fmt::format("{}={}", path, value);
  }
  return Md5Hex(canonical);
}

std::string LastCheckpointJson(Version version, int64_t actions, int64_t size_bytes,
                               int64_t add_files) {
  const std::string body =
      fmt::format(R"("version":{},"size":{},"sizeInBytes":{},"numOfAddFiles":{})", Number(version),
                  actions, size_bytes, add_files);
  const std::optional<std::string> checksum = JsonChecksum("{" + body + "}");
  ORESMITH_ASSERT(checksum.has_value());
  return fmt::format(R"({{{},"checksum":"{}"}})", body, *checksum);
}

std::optional<Version> ReadLastCheckpoint(storage::Store& store, const std::string& root) {
  const auto text = store.Get(LastCheckpointKey(root));
  if (!text) return std::nullopt;
  const auto json = ParseObject(*text);
  if (!json) return std::nullopt;
  ObjectReader reader("_last_checkpoint", *json);
  const int64_t version = reader.Int("version", -1);
  const std::string checksum = reader.Text("checksum");
  if (!reader.status() || version < 0) return std::nullopt;
  if (!checksum.empty() && JsonChecksum(*text) != checksum) return std::nullopt;
  return Version{version};
}

int64_t CheckpointInterval(const Properties& configuration) {
  constexpr int64_t kDefault = 10;
  const auto found = configuration.find("delta.checkpointInterval");
  if (found == configuration.end()) return kDefault;
  const std::string& text = found->second;
  int64_t interval = 0;
  std::from_chars(text.data(), text.data() + text.size(), interval);
  return interval > 0 ? interval : kDefault;
}

std::optional<int64_t> ParseIntervalMillis(std::string_view text) {
  std::vector<std::string> words;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = text.find_first_not_of(' ', i);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find(' ', begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    for (char& c : words.back()) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    i = end;
  }
  size_t next = !words.empty() && words[0] == "interval" ? 1 : 0;
  if ((words.size() - next) % 2 != 0 || words.size() == next) return std::nullopt;
  int64_t millis = 0;
  for (; next < words.size(); next += 2) {
    int64_t count = 0;
    const std::string& number = words[next];
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    const std::optional<int64_t> unit = UnitMillis(words[next + 1]);
    const bool whole = error == std::errc() && end == number.data() + number.size();
    constexpr int64_t kCountMax = 1'000'000'000'000;
    if (!whole || !unit || count < 0 || count > kCountMax / *unit * 1000) return std::nullopt;
    millis += count * *unit;
  }
  return millis;
}

}  // namespace oresmith::delta
