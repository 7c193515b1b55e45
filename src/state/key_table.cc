#include "state/key_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace oresmith::state {

Result<KeyTable> KeyTable::Make(size_t words, const std::string& directory) {
  KeyTable table;
  table.bytes_ = words * sizeof(uint64_t);
  if (directory.empty()) {
    table.words_ = static_cast<uint64_t*>(std::calloc(words, sizeof(uint64_t)));
    if (table.words_ == nullptr) {
      return Fail(ErrorKind::kUnavailable, "state: no memory for {} bytes", table.bytes_);
    }
    return table;
  }
  std::string name = directory + "/state-XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) {
    return Fail(ErrorKind::kUnavailable, "state: make a file in {}: {}", directory,
                std::strerror(errno));
  }
  unlink(name.c_str());
  // Reserved, so that a full disk is an error here and no signal later.
  const int full = posix_fallocate(file, 0, static_cast<off_t>(table.bytes_));
  void* mapped = full != 0
                     ? MAP_FAILED
                     : mmap(nullptr, table.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int reason = full != 0 ? full : errno;
  close(file);
  if (mapped == MAP_FAILED) {
    return Fail(MakeError(ErrorKind::kUnavailable, "state: {} bytes of a file in {}: {}",
                          table.bytes_, directory, std::strerror(reason))
                    .WithFix("make room there, or give oresmith.memory more"));
  }
  madvise(mapped, table.bytes_, MADV_RANDOM);
  table.words_ = static_cast<uint64_t*>(mapped);
  table.mapped_ = true;
  return table;
}

KeyTable::KeyTable(KeyTable&& other) noexcept
    : words_(std::exchange(other.words_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      mapped_(other.mapped_) {}

KeyTable& KeyTable::operator=(KeyTable&& other) noexcept {
  if (this == &other) return *this;
  Free();
  words_ = std::exchange(other.words_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  mapped_ = other.mapped_;
  return *this;
}

KeyTable::~KeyTable() { Free(); }

void KeyTable::LetGo() const {
  if (mapped_ && words_ != nullptr) madvise(words_, bytes_, MADV_DONTNEED);
}

void KeyTable::Free() {
  if (words_ == nullptr) return;
  if (mapped_) {
    munmap(words_, bytes_);
  } else {
    std::free(words_);
  }
  words_ = nullptr;
}

}  // namespace oresmith::state
