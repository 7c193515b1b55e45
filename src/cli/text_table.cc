#include "cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/result.h"
#include "cli/text_width.h"

namespace oresmith::cli {

void TextTable::Add(std::vector<std::string> cells) {
  ORESMITH_ASSERT(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = Printable(cell, false);
  rows_.push_back(std::move(cells));
}

std::vector<std::string> TextTable::Lines() const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  std::vector<std::string> lines;
  const auto add = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += "  ";
      line += columns_[i].right ? PadLeft(cell_of(i), widths[i]) : PadRight(cell_of(i), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  };
  add([&](size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) add([&](size_t i) -> const std::string& { return row[i]; });
  return lines;
}

std::string WithThousands(int64_t number) {
  std::string digits = fmt::format("{}", number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string ElapsedText(int64_t milliseconds) {
  if (milliseconds < 60'000)
    return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1e3);
  const int64_t seconds = milliseconds / 1000;
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string ShellWord(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,=@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace oresmith::cli
