#pragma once

// What makes a flow's state survive: one file an epoch with what changed in it, put together into
// larger ones, and written anew when most of it is out of date.
//
//   <root>/<n>          the changes of epoch n
//   <root>/<m>-<n>      those of m to n; from 0 on perhaps the state as it was after n instead
//
// A file: "ORESTATE" and the format's number (1) in 8 bytes; then the last epoch before it that has
// changes, in 8 bytes, or -1; then records: length and hash (FNV-1a) in 8 bytes each, and the
// bytes. All numbers are little-endian. A file is there or not, never half. Files of epochs that
// were not committed mean nothing: the epoch is run again, and writes its file again.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/store.h"

namespace oresmith::state {

/// One thread at a time.
class ChangeLog {
 public:
  using Visit = std::function<Status(std::string_view record)>;
  /// Calls its argument with each record.
  using Records = std::function<Status(const Visit&)>;

  /// `store` must outlive it. `root`: a folder of its own.
  ChangeLog(storage::Store& store, std::string root) : store_(store), root_(std::move(root)) {}

  /// Gives all changes up to `epoch`, in order, and forgets later ones.
  /// Errors: kCorrupt when a file is missing or damaged; those of `visit`.
  Status Load(int64_t epoch, const Visit& visit);

  /// Removes all files: the state is made anew.
  Status Clear();

  /// The newest epoch that Load gave or Append took; -1: none.
  int64_t last() const { return files_.empty() ? -1 : files_.back().to; }

  /// Durable when it returns. REQUIRES: `epoch` is after all that are there, or was written last
  /// and never committed.
  Status Append(int64_t epoch, std::string_view record);

  /// Puts small files together; and, when the files have far more than `live_bytes`, writes
  /// `state` in their place: all records that make the state as it is after the last epoch.
  /// REQUIRES: that epoch is committed.
  Status Maintain(int64_t live_bytes, const Records& state);

 private:
  struct File {
    int64_t from = 0, to = 0;
    int64_t bytes = 0;
  };

  std::string KeyOf(const File& file) const;
  Status ReadFile(const File& file, int64_t previous, const Visit& visit) const;
  /// Writes a file from `first` to the last one in place of those.
  Status WriteOver(size_t first, const Records& records);

  storage::Store& store_;
  const std::string root_;
  std::vector<File> files_;  // in order; committed, but for the last one
};

}  // namespace oresmith::state
