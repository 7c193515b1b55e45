#pragma once

// Appending JSON values to a reused buffer, without streams or locales.

#include <charconv>
#include <cstdint>
#include <string>

namespace oresmith::connector {

inline void AppendNumber(std::string& out, int64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

/// 29998 is 299.98, 25000 is 250.0: as programs that hold money in a double print it.
void AppendCents(std::string& out, int64_t cents);

/// `2026-11-21T10:00:00.123Z`, without quotes.
void AppendTime(std::string& out, int64_t micros);

}  // namespace oresmith::connector
