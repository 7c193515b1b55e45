#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "connector/files/chunks_internal.h"

namespace oresmith::connector {

namespace {

std::string ErrnoText() { return std::generic_category().message(errno); }

class PlainBytes final : public ByteReader {
 public:
  PlainBytes(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PlainBytes() override { close(descriptor_); }
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;

  Result<size_t> Read(char* bytes, size_t size) override {
    for (;;) {
      const ssize_t count = read(descriptor_, bytes, size);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) return Fail(ErrorKind::kUnavailable, "read {}: {}", path_, ErrnoText());
    }
  }

 private:
  std::string path_;
  int descriptor_;
};

class GzipBytes final : public ByteReader {
 public:
  GzipBytes(std::string path, gzFile file) : path_(std::move(path)), file_(file) {}
  ~GzipBytes() override { gzclose_r(file_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  Result<size_t> Read(char* bytes, size_t size) override {
    const int count = gzread(file_, bytes, static_cast<unsigned>(std::min<size_t>(size, 1 << 30)));
    int code = Z_OK;
    const char* const message = gzerror(file_, &code);
    // zlib says of a file that was cut only afterwards, by Z_BUF_ERROR.
    if (count < 0 || code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
      return Fail(ErrorKind::kCorrupt, "read {}: the compressed data is damaged or cut: {}", path_,
                  message);
    }
    return static_cast<size_t>(count);
  }

 private:
  std::string path_;
  gzFile file_;
};

}  // namespace

Result<std::unique_ptr<ByteReader>> OpenBytes(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const ErrorKind kind = errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kUnavailable;
    return Fail(kind, "open {}: {}", path, ErrnoText());
  }
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  if (!path.ends_with(".gz")) return std::make_unique<PlainBytes>(path, descriptor);
  gzFile file = gzdopen(descriptor, "rb");
  if (file == nullptr) {
    close(descriptor);
    return Fail(ErrorKind::kUnavailable, "open {}: no memory to decompress it", path);
  }
  gzbuffer(file, 256 << 10);
  return std::make_unique<GzipBytes>(path, file);
}

}  // namespace oresmith::connector
