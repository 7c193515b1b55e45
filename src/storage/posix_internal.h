#pragma once

// System calls on files, with their failures as Errors that name the path and the reason.

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace oresmith::storage {

/// An open file descriptor; closed with the object.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { Reset(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  int Release();
  void Reset();

 private:
  int number_ = -1;
};

/// The failure of `task` ("write", "list") on `path` with this errno. The kind says what the caller
/// can do: kNotFound, kAlreadyExists, kInvalidInput (rights, a path that cannot be) or
/// kUnavailable.
Error SystemError(std::string_view task, const std::string& path, int error_number);

/// Opens for reading.
Result<FileDescriptor> OpenForReading(const std::string& path);
Result<struct stat> StatusOf(const FileDescriptor& file, const std::string& path);
/// All of `bytes`, whatever the system takes at once.
Status WriteAll(const FileDescriptor& file, const std::string& path, std::string_view bytes);
/// Bytes and length are on the disk when it returns.
Status SyncFile(const FileDescriptor& file, const std::string& path);
/// The names in the folder are on the disk when it returns.
Status SyncFolder(const std::string& path);
/// Creates `path` with its missing parents, durably.
Status MakeFolders(const std::string& path);

int64_t ModifiedMillis(const struct stat& status);

}  // namespace oresmith::storage
