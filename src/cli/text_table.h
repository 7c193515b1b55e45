#pragma once

// A small table of text with aligned columns, for people.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oresmith::cli {

class TextTable {
 public:
  struct Column {
    std::string title;
    bool right = false;  ///< numbers stand at the right side
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// REQUIRES: as many cells as columns.
  void Add(std::vector<std::string> cells);
  /// The title line and one line a row, without line ends, not padded at the end.
  std::vector<std::string> Lines() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// 1234567 is "1,234,567".
std::string WithThousands(int64_t number);

/// 0.4 s, 12.3 s, 2 min 5 s.
std::string ElapsedText(int64_t milliseconds);

/// `word` as one argument of a shell's command line: quoted only if it must be.
std::string ShellWord(std::string_view word);

}  // namespace oresmith::cli
