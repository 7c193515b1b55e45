#pragma once

// Named objects: list, get, put-if-absent. No idea what is in them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::storage {

/// A key is a relative path with `/` between parts and no `.` or `..` part.
struct ObjectInfo {
  std::string key;
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;  ///< milliseconds since 1970 in UTC
};

/// Something that was written, and that a loss of power could still take back. One thread at a
/// time.
class Unsynced {
 public:
  /// What was not synced stays as it is.
  virtual ~Unsynced() = default;
  /// Durable when it returns, at once if it is already. A failure is for good: what a system could
  /// not write it may have forgotten.
  virtual Status Sync() = 0;
};

/// A file that is being written; it becomes visible under its key when Close returns.
class OutputFile {
 public:
  /// A file that was not closed is removed.
  virtual ~OutputFile() = default;
  virtual Status Write(std::string_view bytes) = 0;
  virtual int64_t position() const = 0;
  /// Durable when it returns. REQUIRES: called once, last.
  virtual Status Close() = 0;
  /// As Close, but durable only after Sync of the result; null when it is durable already. For
  /// objects that nobody looks for before another one names them.
  virtual Result<std::shared_ptr<Unsynced>> CloseUnsynced();
};

/// An object that is being read at any offset. Safe to use from many threads.
class InputFile {
 public:
  virtual ~InputFile() = default;
  virtual int64_t size_bytes() const = 0;
  /// Reads up to `out_bytes` bytes at `offset` into `out`; returns how many were read (fewer only
  /// at the end).
  virtual Result<int64_t> ReadAt(int64_t offset, int64_t out_bytes, void* out) = 0;
};

/// A tree of objects. Safe to use from many threads and processes.
/// Errors of every call: kUnavailable for a fault that may pass, kInvalidInput for a key or a root
/// that cannot be used (with the path and the system's reason).
class Store {
 public:
  virtual ~Store() = default;

  /// Creates the object, all of it or nothing; durable when it returns.
  /// Errors: kAlreadyExists when there is one of that key: it is left as it was.
  virtual Status PutIfAbsent(const std::string& key, std::string_view bytes) = 0;
  /// As PutIfAbsent; before anybody can see the object, all of `first` (none null) is durable.
  virtual Status PutIfAbsentAfter(const std::string& key, std::string_view bytes,
                                  std::span<const std::shared_ptr<Unsynced>> first);
  /// Creates or replaces the object: a reader sees the old bytes or the new ones, never a mixture.
  virtual Status Put(const std::string& key, std::string_view bytes) = 0;
  /// Errors: kNotFound.
  virtual Result<std::string> Get(const std::string& key) = 0;
  /// Errors: kNotFound.
  virtual Result<ObjectInfo> Head(const std::string& key) = 0;
  /// Objects directly in the folder `prefix` (no trailing slash; "" is the root) whose name is >=
  /// `from`, sorted by name bytewise. Folders are not listed. A folder that does not exist gives
  /// none.
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix,
                                               std::string_view from) = 0;
  /// All objects below the folder `prefix`, however deep, sorted by key.
  virtual Result<std::vector<ObjectInfo>> ListRecursive(const std::string& prefix) = 0;
  /// Removes the object; fine when there is none.
  virtual Status Delete(const std::string& key) = 0;
  /// Errors: kNotFound.
  virtual Result<std::unique_ptr<InputFile>> OpenInput(const std::string& key) = 0;
  /// Errors: kAlreadyExists (also from Close) when there is one of that key.
  virtual Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& key) = 0;
  /// A name for messages: a path or a URL.
  virtual std::string Describe(const std::string& key) const = 0;
};

/// Objects as files below the folder `root` (created with its parents on the first write). Commits
/// by a temporary file (name starting with `.`), fsync, link, fsync of the folder.
std::unique_ptr<Store> MakeLocalStore(std::string root);

/// Objects in memory.
std::unique_ptr<Store> MakeMemoryStore();

}  // namespace oresmith::storage
