#include "storage/key_internal.h"

namespace oresmith::storage {
namespace {

bool IsGoodPart(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

}  // namespace

Status CheckKey(std::string_view key) {
  bool good = key.find('\0') == std::string_view::npos;
  size_t begin = 0;
  while (good) {
    const size_t end = key.find('/', begin);
    good = IsGoodPart(key.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  if (good) return {};
  return Fail(
      ErrorKind::kInvalidInput,
      "storage: not a name of an object (a relative path without empty, '.' or '..' parts): "
      "'{}'",
      key);
}

Status CheckPrefix(std::string_view prefix) {
  if (prefix.empty()) return {};
  return CheckKey(prefix);
}

std::string JoinKey(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  return fmt::format("{}/{}", folder, name);
}

}  // namespace oresmith::storage
