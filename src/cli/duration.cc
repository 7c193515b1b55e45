#include "cli/duration.h"

#include <array>
#include <charconv>

namespace oresmith::cli {
namespace {

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};
// From large to small; a unit may only be followed by a smaller one.
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr int64_t kMax = int64_t{365} * 24 * 3'600'000;

Error NotADuration(std::string_view text) {
  return MakeError(ErrorKind::kInvalidInput, "'{}' is not a duration", text)
      .WithFix("write a whole number and a unit: 500ms, 10s, 5m, 1h, 1h30m");
}

}  // namespace

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  int64_t total = 0;
  size_t next_unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    int64_t amount = 0;
    const char* const end = rest.data() + rest.size();
    const auto [after, code] = std::from_chars(rest.data(), end, amount);
    if (code != std::errc() || amount < 0) return Fail(NotADuration(text));
    rest.remove_prefix(static_cast<size_t>(after - rest.data()));
    size_t name_length = 0;
    while (name_length < rest.size() && (rest[name_length] < '0' || rest[name_length] > '9')) {
      ++name_length;
    }
    const std::string_view name = rest.substr(0, name_length);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return Fail(NotADuration(text));
    const int64_t unit = kUnits[next_unit++].milliseconds;
    if (amount > kMax / unit) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "'{}' is longer than 365 days", text));
    }
    total += amount * unit;
    rest.remove_prefix(name_length);
  }
  if (text.empty()) return Fail(NotADuration(text));
  if (total > kMax) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "'{}' is longer than 365 days", text));
  }
  if (total == 0) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "'{}' is no time at all", text)
                    .WithFix("for updates without a pause: --continuous"));
  }
  return std::chrono::milliseconds(total);
}

}  // namespace oresmith::cli
