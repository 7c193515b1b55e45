#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "format/csv_text_internal.h"
#include "format/datetime_text_internal.h"
#include "format/json_cursor_internal.h"
#include "format/lines.h"
#include "format/number_text_internal.h"
#include "types/text.h"

namespace oresmith::format {

using types::TypeId;

namespace {

bool IsBlank(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

// Where the quoted text that begins behind `at` ends: at its closing quote, or text.size().
size_t ClosingQuote(std::string_view text, size_t at, const CsvOptions& options) {
  for (size_t i = at; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == options.escape && (next == options.quote || next == options.escape) &&
        (options.escape != options.quote || next == options.quote)) {
      ++i;
    } else if (text[i] == options.quote) {
      return i;
    }
  }
  return text.size();
}

std::vector<CsvLine> SplitQuoted(std::string_view chunk, const CsvOptions& options) {
  std::vector<CsvLine> records;
  size_t begin = 0;
  int64_t line = 0;
  int64_t first_line = 0;
  bool value_start = true;
  const auto add = [&](size_t end) {
    const std::string_view text = chunk.substr(begin, end - begin);
    const bool comment = options.comment != '\0' && text.starts_with(options.comment);
    if (!IsBlank(text) && !comment) records.push_back({.text = text, .line = first_line});
  };
  for (size_t i = 0; i < chunk.size(); ++i) {
    const char c = chunk[i];
    if (value_start && c == options.quote && options.quote != '\0') {
      const size_t close = ClosingQuote(chunk, i + 1, options);
      line += std::count(chunk.begin() + static_cast<std::ptrdiff_t>(i),
                         chunk.begin() + static_cast<std::ptrdiff_t>(std::min(close, chunk.size())),
                         '\n');
      i = close;
      value_start = false;
      continue;
    }
    value_start = c == options.separator;
    if (c != '\n' && c != '\r') continue;
    add(i);
    if (c == '\r' && i + 1 < chunk.size() && chunk[i + 1] == '\n') ++i;
    begin = i + 1;
    first_line = ++line;
    value_start = true;
  }
  if (begin < chunk.size()) add(chunk.size());
  return records;
}

// Resolves escapes of a quoted value.
std::string_view Unescape(std::string_view text, const CsvOptions& options, std::string& out) {
  const size_t begin = out.size();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == options.escape && i + 1 < text.size() &&
        (text[i + 1] == options.quote || text[i + 1] == options.escape)) {
      ++i;
    }
    out.push_back(text[i]);
  }
  return std::string_view(out).substr(begin);
}

template <class T>
bool AppendInteger(Column& column, std::string_view text) {
  const std::optional<int64_t> value = LongFromText(text);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) {
    return false;
  }
  column.AppendFixed(static_cast<T>(*value));
  return true;
}

bool AppendTime(Column& column, std::string_view text) {
  const std::optional<ParsedTimestamp> parsed = TimestampFromText(text);
  if (!parsed || !parsed->has_date) return false;
  if (column.id == TypeId::kTimestampNtz && parsed->has_zone) return false;
  column.AppendFixed(parsed->wall_micros - parsed->offset_micros);
  return true;
}

bool AppendDecimal(Column& column, std::string_view text) {
  std::string plain(text);
  std::erase(plain, ',');
  const auto value = DecimalFromText(plain, column.precision, column.scale);
  if (!value) return false;
  column.AppendFixed(*value);
  return true;
}

}  // namespace

std::vector<CsvLine> SplitCsv(std::string_view chunk, const CsvOptions& options) {
  if (options.multi_line) return SplitQuoted(chunk, options);
  std::vector<CsvLine> records;
  int64_t number = 0;
  for (const std::string_view line : SplitLines(chunk)) {
    const bool comment = options.comment != '\0' && line.starts_with(options.comment);
    if (!IsBlank(line) && !comment) records.push_back({.text = line, .line = number});
    ++number;
  }
  return records;
}

// A quote opens a quoted value only at its very beginning. If what follows the closing quote is not
// the separator, the value is the whole text up to the next one, quotes and all (univocity's
// STOP_AT_DELIMITER).
void ParseCsvRecord(std::string_view text, const CsvOptions& options, CsvRecord& record) {
  record.values.clear();
  record.unescaped.clear();
  record.unescaped.reserve(text.size());  // views into it must stay
  size_t at = 0;
  for (;;) {
    bool quoted = options.quote != '\0' && at < text.size() && text[at] == options.quote;
    if (quoted) {
      const size_t close = ClosingQuote(text, at + 1, options);
      const size_t after = close + 1;
      if (after >= text.size() || text[after] == options.separator) {
        const std::string_view inner = text.substr(at + 1, close - at - 1);
        const bool plain = inner.find(options.escape) == std::string_view::npos;
        record.values.push_back(
            {.text = plain ? inner : Unescape(inner, options, record.unescaped)});
        if (after >= text.size()) return;
        at = after + 1;
        continue;
      }
    }
    const size_t end = std::min(text.find(options.separator, at), text.size());
    const std::string_view value = text.substr(at, end - at);
    record.values.push_back({.text = value, .is_null = value.empty()});
    if (end == text.size()) return;
    at = end + 1;
  }
}

std::optional<double> CsvDouble(std::string_view text) {
  if (text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  double size = 0;
  if (text == "NaN" || text == "Infinity") {
    size = text == "NaN" ? std::nan("") : std::numeric_limits<double>::infinity();
    return negative ? -size : size;
  }
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  if (hex && text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  if (!text.empty() && std::string_view("dDfF").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  if (text.empty() || !(JsonCursor::IsDigit(text.front()) || text.front() == '.' || hex)) {
    return std::nullopt;
  }
  const auto result = std::from_chars(text.data(), text.data() + text.size(), size,
                                      hex ? std::chars_format::hex : std::chars_format::general);
  if (result.ptr != text.data() + text.size() || result.ec == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (result.ec == std::errc::result_out_of_range) size = DoubleFromText(text);
  return negative ? -size : size;
}

bool AppendCsvValue(Column& column, std::string_view text) {
  switch (column.id) {
    case TypeId::kString:
      if (IsValidUtf8(text)) {
        column.AppendText(text);
      } else {
        column.AppendText(ReplaceInvalidUtf8(text));
      }
      return true;
    case TypeId::kBoolean: {
      const bool yes = types::EqualsIgnoringCase(text, "true");
      if (!yes && !types::EqualsIgnoringCase(text, "false")) return false;
      column.AppendFixed(static_cast<uint8_t>(yes ? 1 : 0));
      return true;
    }
    case TypeId::kByte:
      return AppendInteger<int8_t>(column, text);
    case TypeId::kShort:
      return AppendInteger<int16_t>(column, text);
    case TypeId::kInt:
      return AppendInteger<int32_t>(column, text);
    case TypeId::kLong:
      return AppendInteger<int64_t>(column, text);
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const std::optional<double> value = CsvDouble(text);
      if (!value) return false;
      if (column.id == TypeId::kDouble) {
        column.AppendFixed(*value);
      } else {
        column.AppendFixed(static_cast<float>(*value));
      }
      return true;
    }
    case TypeId::kDecimal:
      return AppendDecimal(column, text);
    case TypeId::kDate: {
      const std::optional<int32_t> days = DateFromText(text);
      if (!days) return false;
      column.AppendFixed(*days);
      return true;
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return AppendTime(column, text);
    default:
      return false;
  }
}

}  // namespace oresmith::format
