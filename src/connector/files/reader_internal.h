#pragma once

// Reads the files of one range: chunks are taken under a lock and decoded outside of it.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "columnar/batch.h"
#include "connector/connector.h"
#include "connector/files/chunks_internal.h"
#include "format/chunk_decoder.h"

namespace oresmith::connector {

/// Rows of a batch at most.
inline constexpr int64_t kBatchRowsMax = 32768;
/// Bad records that a report keeps.
inline constexpr size_t kBadRecordsMax = 10000;

/// What a range's readers found, filled while they read.
class ReportCollector {
 public:
  ReportCollector() : report_(std::make_shared<ReadReport>()) {}
  void Add(const FileEntry& file, const format::DecodedChunk& decoded, int64_t bytes);
  /// Works out `fields`, and sorts the bad records. Call once, when all is read.
  void Complete();
  std::shared_ptr<const ReadReport> report() const { return report_; }

 private:
  std::mutex mutex_;  // guards what report_ points to, and statistics_
  std::shared_ptr<ReadReport> report_;
  format::JsonStatistics statistics_;
};

class FileBatchReader final : public columnar::BatchReader {
 public:
  /// `columns` count the decoder's columns, and after them `_metadata`.
  FileBatchReader(std::unique_ptr<format::ChunkDecoder> decoder, std::vector<int> columns,
                  ChunkReader chunks);
  Result<columnar::Batch> Next() override;
  std::shared_ptr<const ReadReport> report() const { return collector_.report(); }

 private:
  struct Work {
    columnar::Batch ready;       // handed out as it is, or
    std::optional<Chunk> chunk;  // to be decoded; neither at the end
  };
  Result<Work> Take();
  Result<columnar::Batch> Decode(const Chunk& chunk);
  columnar::Batch Select(const FileEntry& file, const format::DecodedChunk& decoded) const;
  /// The first slice; the others wait in ready_.
  columnar::Batch FirstSlice(const columnar::Batch& batch);
  void AtEnd();

  std::unique_ptr<format::ChunkDecoder> decoder_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  ReportCollector collector_;
  std::mutex mutex_;  // guards all below; held while a chunk is read from the file, see Take
  ChunkReader chunks_;
  std::deque<columnar::Batch> ready_;
  std::optional<Error> failed_;
  int decoding_ = 0;  // chunks that were taken and are not counted in the report yet
  bool at_end_ = false;
  bool completed_ = false;
};

}  // namespace oresmith::connector
