#include "delta/path.h"

#include <array>
#include <charconv>

namespace oresmith::delta {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr size_t kPartDigits = 10;

std::optional<int64_t> ParseDigits(std::string_view text, size_t digits) {
  if (text.size() != digits) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (text.front() == '-') return std::nullopt;
  return number;
}

/// Takes the text up to the next dot (or all) from the front of `rest`.
std::string_view TakePart(std::string_view& rest) {
  const size_t dot = rest.find('.');
  const std::string_view part = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return part;
}

std::optional<LogFileName> ParseCheckpointName(Version version, std::string_view rest) {
  using Kind = LogFileName::Kind;
  if (rest == "parquet") return LogFileName{.kind = Kind::kCheckpoint, .version = version};
  const std::string_view first = TakePart(rest);
  if (first.size() == 36 && (rest == "json" || rest == "parquet")) {
    return LogFileName{.kind = Kind::kCheckpointV2, .version = version};
  }
  const std::optional<int64_t> part = ParseDigits(first, kPartDigits);
  const std::optional<int64_t> parts = ParseDigits(TakePart(rest), kPartDigits);
  constexpr int64_t kPartsMax = 1'000'000;
  if (!part || !parts || rest != "parquet" || *parts > kPartsMax) return std::nullopt;
  if (*part < 1 || *part > *parts) return std::nullopt;
  return LogFileName{.kind = Kind::kCheckpointPart,
                     .version = version,
                     .part = static_cast<int>(*part),
                     .parts = static_cast<int>(*parts)};
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

void AppendEscape(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

/// The length of `scheme:` at the front if a slash follows it, else 0.
size_t SchemeSize(std::string_view path) {
  const size_t colon = path.find(':');
  if (colon == std::string_view::npos || colon == 0 || path.substr(colon + 1, 1) != "/") return 0;
  for (size_t i = 0; i < colon; ++i) {
    const char c = path[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && !(i > 0 && other)) return 0;
  }
  return colon + 1;
}

std::string WithoutDoubleSlashes(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (const char c : path) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

/// Bytes of one UTF-8 character that Java's URI quotes although it is not ASCII: C1 controls and
/// the spaces of Unicode. `rest` starts at the character; returns its length, or 0.
size_t QuotedCharacterSize(std::string_view rest) {
  const auto byte = [&](size_t i) {
    return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U;
  };
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0xA0) return 2;
  if (byte(0) == 0xE1 && byte(1) == 0x9A && byte(2) == 0x80) return 3;
  if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) return 3;
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x81 && byte(2) == 0x9F) return 3;
  const bool space =
      byte(1) == 0x80 && (byte(2) <= 0x8A || byte(2) == 0xA8 || byte(2) == 0xA9 || byte(2) == 0xAF);
  return space ? 3 : 0;
}

bool IsLegalInUriPath(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c != '\0' && std::string_view("_-!.~'()*,;:$&+=@/").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<LogFileName> ParseLogFileName(std::string_view name) {
  using Kind = LogFileName::Kind;
  const std::optional<int64_t> number = ParseDigits(TakePart(name), kVersionDigits);
  if (!number) return std::nullopt;
  const Version version{*number};
  if (name == "json") return LogFileName{.kind = Kind::kCommit, .version = version};
  if (name == "crc") return LogFileName{.kind = Kind::kChecksum, .version = version};
  const std::string_view word = TakePart(name);
  if (word == "checkpoint") return ParseCheckpointName(version, name);
  const std::optional<int64_t> last = ParseDigits(word, kVersionDigits);
  if (!last || name != "compacted.json" || *last < *number) return std::nullopt;
  return LogFileName{.kind = Kind::kCompacted, .version = version, .last_version = Version{*last}};
}

std::string VersionDigits(Version version) { return fmt::format("{:020}", Number(version)); }

std::string KeyUnder(std::string_view root, std::string_view path) {
  if (root.empty()) return std::string(path);
  return fmt::format("{}/{}", root, path);
}

std::string LogFolder(std::string_view root) { return KeyUnder(root, "_delta_log"); }

std::string CommitKey(std::string_view root, Version version) {
  return fmt::format("{}/{}.json", LogFolder(root), VersionDigits(version));
}

std::string CheckpointKey(std::string_view root, Version version) {
  return fmt::format("{}/{}.checkpoint.parquet", LogFolder(root), VersionDigits(version));
}

std::string LastCheckpointKey(std::string_view root) {
  return LogFolder(root) + "/_last_checkpoint";
}

std::string_view NameOf(std::string_view key) { return key.substr(key.find_last_of('/') + 1); }

std::string DecodePath(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    const int high = path[i] == '%' && i + 2 < path.size() ? HexValue(path[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(path[i + 2]) : -1;
    if (low < 0) {
      decoded += path[i];
      continue;
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const size_t scheme = SchemeSize(decoded);
  if (scheme == 0) return WithoutDoubleSlashes(decoded);
  if (std::string_view(decoded).substr(0, scheme) == "file:") {
    return WithoutDoubleSlashes(std::string_view(decoded).substr(scheme));
  }
  return decoded;
}

std::string_view DecodePath(std::string_view path, std::string& decoded) {
  const auto has = [&](std::string_view what) { return path.find(what) != path.npos; };
  // The usual path has no escape, no scheme and no superfluous slash.
  if (!has("%") && !has(":") && !has("//")) return path;
  decoded = DecodePath(path);
  return decoded;
}

std::string EncodePath(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    const auto byte = static_cast<unsigned char>(path[i]);
    const size_t quoted = QuotedCharacterSize(path.substr(i));
    for (size_t k = 0; k < quoted; ++k) AppendEscape(out, static_cast<unsigned char>(path[i + k]));
    if (quoted > 0) {
      i += quoted - 1;
    } else if (byte >= 0x80 || IsLegalInUriPath(path[i])) {
      out += path[i];
    } else {
      AppendEscape(out, byte);
    }
  }
  return out;
}

bool IsAbsolutePath(std::string_view path) { return path.starts_with('/') || SchemeSize(path) > 0; }

std::string PartitionFolder(std::string_view column, const std::optional<std::string>& value) {
  // Source: Spark, ExternalCatalogUtils.escapePathName.
  constexpr std::string_view kEscaped = "\"#%'*/:=?\\{[]^\x7F";
  const auto escape = [&](std::string_view text) {
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || kEscaped.find(c) != std::string_view::npos) {
        AppendEscape(out, byte);
      } else {
        out += c;
      }
    }
    return out;
  };
  const bool is_null = !value || value->empty();
  return fmt::format("{}={}", escape(column),
                     is_null ? "__HIVE_DEFAULT_PARTITION__" : escape(*value));
}

}  // namespace oresmith::delta
