#pragma once

// Files as chunks of whole lines, one after another, in bounded memory.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/files/listing_internal.h"

namespace oresmith::connector {

/// The bytes of one file, decompressed when its name ends with .gz.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Reads up to `size` bytes; 0 only at the end.
  virtual Result<size_t> Read(char* bytes, size_t size) = 0;
};
/// Errors: kNotFound when it is gone, kUnavailable.
Result<std::unique_ptr<ByteReader>> OpenBytes(const std::string& path);

struct ChunkLimits {
  size_t chunk_bytes = 4 << 20;
  /// A longer line, or a longer file where one must be read as a whole, is an error: it would need
  /// as much memory.
  size_t line_bytes_max = 512 << 20;
};

struct Chunk {
  size_t file = 0;  ///< index into the files
  std::string bytes;
  int64_t first_line = 1;
};

/// One thread at a time.
class ChunkReader {
 public:
  ChunkReader(std::vector<FileEntry> files, bool whole_files, bool skip_missing,
              ChunkLimits limits);
  /// The next chunk; nothing at the end.
  /// Errors: kNotFound for a file that is gone (unless those are skipped), kUnavailable,
  /// kCorrupt for a .gz that does not decompress, kUnsupported for a line that is too long.
  Result<std::optional<Chunk>> Next();
  const std::vector<FileEntry>& files() const { return files_; }
  int64_t bytes() const { return bytes_; }

 private:
  /// Opens the next file; false when there is none.
  Result<bool> Open();
  /// Appends to `bytes` until it has `size` of them or the file ends.
  Status Fill(std::string& bytes, size_t size);

  std::vector<FileEntry> files_;
  bool whole_files_;
  bool skip_missing_;
  ChunkLimits limits_;
  size_t next_file_ = 0;
  std::unique_ptr<ByteReader> reader_;  // of the file before next_file_
  bool at_end_ = false;
  std::string rest_;  // an incomplete line
  int64_t line_ = 1;
  int64_t bytes_ = 0;
};

}  // namespace oresmith::connector
