#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "storage/posix_internal.h"

namespace oresmith::storage {
namespace {

ErrorKind KindOf(int error_number) {
  switch (error_number) {
    case ENOENT:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EINVAL:
      return ErrorKind::kInvalidInput;
    default:
      return ErrorKind::kUnavailable;
  }
}

std::string FixFor(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk, or move the storage to another one, and run again: nothing "
             "that was committed is lost";
    case EACCES:
    case EPERM:
      return "give this user the right to read and write there, or choose another storage folder";
    case EROFS:
      return "that file system is mounted read-only: choose another storage folder";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case ENOTDIR:
    case EEXIST:
      return "a file stands where a folder is needed: move it away, or choose another folder";
    default:
      return "";
  }
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  number_ = other.Release();
  return *this;
}

int FileDescriptor::Release() { return std::exchange(number_, -1); }

void FileDescriptor::Reset() {
  const int number = Release();
  // Nothing depends on this result: what must be durable was synced before.
  if (number >= 0) ::close(number);
}

Error SystemError(std::string_view task, const std::string& path, int error_number) {
  Error error = MakeError(KindOf(error_number), "{} {}: {}", task, path,
                          std::generic_category().message(error_number));
  error.fix = FixFor(error_number);
  return error;
}

Result<FileDescriptor> OpenForReading(const std::string& path) {
  while (true) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.is_open()) return file;
    if (errno != EINTR) return Fail(SystemError("read", path, errno));
  }
}

Result<struct stat> StatusOf(const FileDescriptor& file, const std::string& path) {
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) return Fail(SystemError("read", path, errno));
  return status;
}

Status WriteAll(const FileDescriptor& file, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail(SystemError("write", path, errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Status SyncFile(const FileDescriptor& file, const std::string& path) {
  if (::fsync(file.number()) == 0) return {};
  return Fail(SystemError("sync", path, errno));
}

Status SyncFolder(const std::string& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return Fail(SystemError("sync", path, errno));
  return SyncFile(folder, path);
}

Status MakeFolders(const std::string& path) {
  // The usual case costs one call. Missing parents are found from the right, made from the left.
  size_t end = path.size();
  while (true) {
    const std::string folder = path.substr(0, end);
    struct stat status = {};
    if (::stat(folder.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) break;
      return Fail(SystemError("create folder", folder, ENOTDIR));
    }
    if (errno != ENOENT) return Fail(SystemError("create folder", folder, errno));
    const std::string parent = ParentOf(folder);
    if (parent == "." || parent == "/") {
      end = parent == "/" ? 0 : std::string::npos;
      break;
    }
    end = parent.size();
  }
  size_t begin = end == std::string::npos ? 0 : end;
  while (begin < path.size()) {
    const size_t slash = path.find('/', begin + 1);
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Fail(SystemError("create folder", folder, errno));
    }
    TRY_DO(SyncFolder(ParentOf(folder)));
    begin = slash == std::string::npos ? path.size() : slash;
  }
  return {};
}

int64_t ModifiedMillis(const struct stat& status) {
  return static_cast<int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

}  // namespace oresmith::storage
