#include <chrono>

#include "connector/generator/text_internal.h"

namespace oresmith::connector {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;

void PutDigits(char* at, int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

void AppendCents(std::string& out, int64_t cents) {
  if (cents < 0) {
    out += '-';
    cents = -cents;
  }
  AppendNumber(out, cents / 100);
  const auto tens = static_cast<char>('0' + cents % 100 / 10);
  const auto ones = static_cast<char>('0' + cents % 10);
  out += '.';
  out += tens;
  if (ones != '0') out += ones;
}

void AppendTime(std::string& out, int64_t micros) {
  const int64_t millis = micros / 1000;
  const int64_t days = millis / kMillisPerDay;
  const int64_t rest = millis % kMillisPerDay;
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(days))};
  char text[] = "0000-00-00T00:00:00.000Z";
  PutDigits(text, static_cast<int>(day.year()), 4);
  PutDigits(text + 5, static_cast<unsigned>(day.month()), 2);
  PutDigits(text + 8, static_cast<unsigned>(day.day()), 2);
  PutDigits(text + 11, rest / 3'600'000, 2);
  PutDigits(text + 14, rest / 60'000 % 60, 2);
  PutDigits(text + 17, rest / 1000 % 60, 2);
  PutDigits(text + 20, rest % 1000, 3);
  out.append(text, sizeof(text) - 1);
}

}  // namespace oresmith::connector
