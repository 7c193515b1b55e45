#include "fuzz/mutation.h"

#include <array>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace oresmith::fuzz {
namespace {

/// JSON values that readers like to be surprised by.
std::string Surprise(uint64_t choice) {
  constexpr std::array<std::string_view, 24> kTexts = {
      "-1",
      "0",
      "1",
      "2147483648",
      "9223372036854775807",
      "-9223372036854775808",
      "18446744073709551615",
      "1e400",
      "1.5",
      "null",
      "true",
      R"("")",
      "{}",
      "[]",
      R"("\u0000")",
      R"("../../etc/passwd")",
      R"("/absolute")",
      R"("s3://bucket/key")",
      R"("%00%ZZ%C3")",
      R"("\ud800")",
      "\"\xFF\xFE\"",
      R"("__HIVE_DEFAULT_PARTITION__")",
      R"(["columnMapping","deletionVectors"])",
      R"({"type":"array","elementType":{"type":"map","keyType":"long","valueType":"variant"}})"};
  if (choice % (kTexts.size() + 1) < kTexts.size()) {
    return std::string(kTexts[choice % (kTexts.size() + 1)]);
  }
  constexpr size_t kDepth = 100'000;
  return std::string(kDepth, '[') + std::string(kDepth, ']');
}

bool IsText(const std::string& key) {
  return key.ends_with(".json") || key.ends_with(".crc") || key.ends_with("_last_checkpoint");
}

}  // namespace

void Mutation::ChangeText(std::string& text) {
  std::vector<size_t> colons;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') colons.push_back(i + 1);
  }
  if (colons.empty()) return;
  const size_t begin = colons[Below(colons.size())];
  // Also in texts that hold JSON, such as schemas and statistics.
  const size_t end = std::min(text.find_first_of(",}", begin), text.size());
  std::string value = Surprise(Below(1000));
  const bool quoted =
      begin < text.size() && text[begin - 2] == '"' && begin > 2 && text[begin - 3] == '\\';
  if (quoted) {
    std::string escaped;
    for (const char c : value)
      escaped += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    value = std::move(escaped);
  }
  text.replace(begin, end - begin, value);
}

void Mutation::ChangeLines(std::string& text) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find('\n', i), text.size());
    lines.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  if (lines.empty()) return;
  const size_t line = Below(lines.size());
  const uint64_t choice = Below(3);
  if (choice == 0) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
  } else if (choice == 1) {
    lines.push_back(lines[line]);
  } else {
    std::swap(lines[line], lines[Below(lines.size())]);
  }
  text.clear();
  for (const std::string& each : lines) text += each + '\n';
}

void Mutation::ChangeBytes(std::string& bytes, const Objects& objects) {
  if (bytes.empty()) {
    bytes = "PAR1";
    return;
  }
  // The end of a Parquet file is its footer, where a change does most.
  const bool at_end = Below(2) == 0;
  const size_t first = at_end && bytes.size() > 3000 ? bytes.size() - 3000 : 0;
  const size_t at = first + Below(bytes.size() - first);
  const size_t length = std::min<size_t>(1 + Below(16), bytes.size() - at);
  switch (Below(7)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
      return;
    case 1:
      bytes[at] = static_cast<char>(Below(256));
      return;
    case 2:
      bytes.replace(at, length, length, Below(2) == 0 ? '\0' : '\xFF');
      return;
    case 3:
      bytes.erase(at, length);
      return;
    case 4:
      bytes.insert(at, bytes.substr(at, length));
      return;
    case 5:
      bytes.resize(at);
      return;
    default: {
      const auto other =
          std::next(objects.begin(), static_cast<std::ptrdiff_t>(Below(objects.size())));
      if (other->second.empty()) return;
      bytes.replace(at, length, other->second.substr(Below(other->second.size()), length));
    }
  }
}

std::string Mutation::Changed(const std::string& key, std::string bytes, const Objects& objects) {
  const bool is_vector = key.ends_with(".bin") && bytes.size() > 9;
  const bool seal = is_vector && Below(8) != 0;
  if (seal) bytes = bytes.substr(5, bytes.size() - 9);
  const uint64_t changes = 1 + Below(4);
  for (uint64_t i = 0; i < changes; ++i) {
    const uint64_t choice = Below(8);
    if (IsText(key) && choice < 4) {
      ChangeText(bytes);
    } else if (IsText(key) && choice == 4) {
      ChangeLines(bytes);
    } else {
      ChangeBytes(bytes, objects);
    }
  }
  return seal ? VectorFile(bytes) : bytes;
}

void Mutation::Break(Objects& objects) {
  const uint64_t changes = 1 + Below(3);
  for (uint64_t i = 0; i < changes && !objects.empty(); ++i) {
    const auto object =
        std::next(objects.begin(), static_cast<std::ptrdiff_t>(Below(objects.size())));
    const uint64_t choice = Below(20);
    if (choice == 0) {
      objects.erase(object);
    } else if (choice == 1) {
      const auto other =
          std::next(objects.begin(), static_cast<std::ptrdiff_t>(Below(objects.size())));
      std::swap(object->second, other->second);
    } else {
      object->second = Changed(object->first, object->second, objects);
    }
  }
}

}  // namespace oresmith::fuzz
