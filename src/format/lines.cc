#include "format/lines.h"

#include <cstring>

namespace oresmith::format {

namespace {

const char* Find(const char* begin, const char* end, char c) {
  const void* const found = std::memchr(begin, c, static_cast<size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

}  // namespace

std::vector<std::string_view> SplitLines(std::string_view chunk) {
  std::vector<std::string_view> lines;
  const char* at = chunk.data();
  const char* const end = at + chunk.size();
  // Where the next \r stands; most texts have none, and are searched for it once.
  const char* carriage_return = chunk.empty() ? end : Find(at, end, '\r');
  while (at < end) {
    const char* stop = Find(at, end, '\n');
    if (carriage_return < stop) stop = carriage_return;
    lines.emplace_back(at, static_cast<size_t>(stop - at));
    if (stop == end) break;
    const bool pair = *stop == '\r' && end - stop > 1 && stop[1] == '\n';
    at = stop + (pair ? 2 : 1);
    if (carriage_return < at) carriage_return = at < end ? Find(at, end, '\r') : end;
  }
  return lines;
}

int64_t CountLines(std::string_view chunk) {
  if (chunk.empty()) return 0;
  int64_t ends = 0;
  for (const char c : chunk) ends += c == '\n' ? 1 : 0;
  for (size_t i = chunk.find('\r'); i != std::string_view::npos; i = chunk.find('\r', i + 1)) {
    if (i + 1 == chunk.size() || chunk[i + 1] != '\n') ++ends;
  }
  return ends + (chunk.back() == '\n' || chunk.back() == '\r' ? 0 : 1);
}

size_t WholeLinesSize(std::string_view chunk) {
  const size_t line_feed = chunk.rfind('\n');
  if (line_feed != std::string_view::npos) return line_feed + 1;
  if (chunk.size() < 2) return 0;
  const size_t carriage_return = chunk.rfind('\r', chunk.size() - 2);
  return carriage_return == std::string_view::npos ? 0 : carriage_return + 1;
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace oresmith::format
