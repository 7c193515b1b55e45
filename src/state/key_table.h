#pragma once

// The memory of a key set: words of 64 bits, all zero at first, on the heap or in a file that is
// mapped.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace oresmith::state {

/// Moves, but does not copy.
class KeyTable {
 public:
  KeyTable() = default;
  /// `directory`: of the file, which has no name and goes with this; empty: on the heap.
  /// Errors: kUnavailable when there is no room.
  static Result<KeyTable> Make(size_t words, const std::string& directory);
  KeyTable(KeyTable&& other) noexcept;
  KeyTable& operator=(KeyTable&& other) noexcept;
  ~KeyTable();

  uint64_t* words() const { return words_; }
  /// Of a file: the system may take the pages from this process. What is in them stays.
  void LetGo() const;

 private:
  void Free();

  uint64_t* words_ = nullptr;
  size_t bytes_ = 0;
  bool mapped_ = false;
};

}  // namespace oresmith::state
