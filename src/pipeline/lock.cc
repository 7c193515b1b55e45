#include "pipeline/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace oresmith::pipeline {
namespace {

Error Unusable(const std::string& path, const std::string& reason) {
  return MakeError(ErrorKind::kInvalidInput, "use the storage: {}: {}", path, reason)
      .WithFix("make the folder writable, or set another `storage`");
}

}  // namespace

ProcessLock::~ProcessLock() { ::close(descriptor_); }

Result<std::unique_ptr<ProcessLock>> ProcessLock::Acquire(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return Fail(Unusable(path, error.message()));
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return Fail(Unusable(path, std::strerror(errno)));
  std::unique_ptr<ProcessLock> lock(new ProcessLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char owner[32] = {};
    const ssize_t bytes = ::pread(descriptor, owner, sizeof(owner) - 1, 0);
    return Fail(MakeError(ErrorKind::kConflict, "run the pipeline: process {} runs it already",
                          bytes > 0 ? owner : "(unknown)")
                    .WithNote("it holds " + path)
                    .WithFix("stop that one first, or give this one another storage"));
  }
  // Only for the message above: a failure here costs nothing.
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    return Fail(Unusable(path, std::strerror(errno)));
  }
  return lock;
}

}  // namespace oresmith::pipeline
