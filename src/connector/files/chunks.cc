#include <algorithm>

#include "connector/files/chunks_internal.h"
#include "format/lines.h"

namespace oresmith::connector {

ChunkReader::ChunkReader(std::vector<FileEntry> files, bool whole_files, bool skip_missing,
                         ChunkLimits limits)
    : files_(std::move(files)),
      whole_files_(whole_files),
      skip_missing_(skip_missing),
      limits_(limits) {}

Result<bool> ChunkReader::Open() {
  while (next_file_ < files_.size()) {
    const FileEntry& file = files_[next_file_++];
    Result<std::unique_ptr<ByteReader>> opened = OpenBytes(file.path);
    if (!opened) {
      if (opened.error().kind == ErrorKind::kNotFound) {
        if (skip_missing_) continue;
        return Fail(MakeError(ErrorKind::kNotFound, "read {}: the file is gone since it was listed",
                              file.path)
                        .WithFix("put it back, or add the option ignoreMissingFiles => true to go "
                                 "on without it"));
      }
      return Fail(std::move(opened).error());
    }
    reader_ = std::move(*opened);
    at_end_ = false;
    rest_.clear();
    line_ = 1;
    return true;
  }
  return false;
}

Status ChunkReader::Fill(std::string& bytes, size_t size) {
  size_t have = bytes.size();
  bytes.resize(size);
  while (have < size) {
    TRY(const size_t count, reader_->Read(bytes.data() + have, size - have));
    if (count == 0) {
      at_end_ = true;
      break;
    }
    have += count;
    bytes_ += static_cast<int64_t>(count);
  }
  bytes.resize(have);
  return {};
}

Result<std::optional<Chunk>> ChunkReader::Next() {
  for (;;) {
    if (reader_ == nullptr) {
      TRY(const bool opened, Open());
      if (!opened) return std::nullopt;
    }
    const FileEntry& file = files_[next_file_ - 1];
    Chunk chunk{.file = next_file_ - 1, .bytes = std::move(rest_), .first_line = line_};
    rest_.clear();
    // A small file needs no more than its own size; one byte more finds its end at once.
    const bool compressed = file.path.ends_with(".gz");
    const size_t known =
        compressed ? limits_.chunk_bytes : static_cast<size_t>(std::max<int64_t>(file.size, 0)) + 1;
    size_t size = std::max(std::min(limits_.chunk_bytes, known), chunk.bytes.size() + 1);
    size_t whole = 0;
    for (;;) {
      TRY_DO(Fill(chunk.bytes, size));
      if (at_end_) {
        whole = chunk.bytes.size();
        break;
      }
      if (!whole_files_) whole = format::WholeLinesSize(chunk.bytes);
      if (whole != 0) break;
      if (chunk.bytes.size() >= limits_.line_bytes_max) {
        return Fail(MakeError(ErrorKind::kUnsupported, "read {}: line {} has more than {} bytes",
                              file.path, chunk.first_line, limits_.line_bytes_max)
                        .WithFix("split the file into lines, a record each"));
      }
      size = std::min(std::max(size * 2, limits_.chunk_bytes), limits_.line_bytes_max);
    }
    rest_.assign(chunk.bytes, whole);
    chunk.bytes.resize(whole);
    if (at_end_) {
      reader_.reset();
    } else {
      line_ += format::CountLines(chunk.bytes);
    }
    if (!chunk.bytes.empty()) return chunk;
  }
}

}  // namespace oresmith::connector
