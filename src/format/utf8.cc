#include <cstring>

#include "format/json_cursor_internal.h"

namespace oresmith::format {

namespace {

bool IsContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

struct LeadByte {
  int length = 0;  // 0: no character starts so
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
};

LeadByte Classify(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {.length = 2};
  if (lead == 0xE0) return {.length = 3, .second_min = 0xA0};
  if (lead == 0xED) return {.length = 3, .second_max = 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {.length = 3};
  if (lead == 0xF0) return {.length = 4, .second_min = 0x90};
  if (lead == 0xF4) return {.length = 4, .second_max = 0x8F};
  if (lead >= 0xF1 && lead <= 0xF3) return {.length = 4};
  return {};
}

// How many bytes from `at` on belong to the character's beginning; `complete` says whether it ends.
int Prefix(const char* at, const char* end, bool& complete) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(at);
  complete = true;
  if (bytes[0] < 0x80) return 1;
  const LeadByte lead = Classify(bytes[0]);
  complete = false;
  if (lead.length == 0) return 1;
  const auto left = end - at;
  if (left < 2 || bytes[1] < lead.second_min || bytes[1] > lead.second_max) return 1;
  int length = 2;
  while (length < lead.length && length < left && IsContinuation(bytes[length])) ++length;
  complete = length == lead.length;
  return length;
}

}  // namespace

int Utf8Length(const char* at, const char* end) {
  bool complete = false;
  const int length = Prefix(at, end, complete);
  return complete ? length : 0;
}

bool IsValidUtf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    uint64_t eight = 0;
    if (end - at >= 8) {
      std::memcpy(&eight, at, 8);
      if ((eight & 0x8080808080808080U) == 0) {
        at += 8;
        continue;
      }
    }
    const int length = Utf8Length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    bool complete = false;
    const int length = Prefix(at, end, complete);
    if (complete) {
      out.append(at, static_cast<size_t>(length));
    } else {
      out.append("\xEF\xBF\xBD");
    }
    at += length;
  }
  return out;
}

}  // namespace oresmith::format
