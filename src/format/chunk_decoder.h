#pragma once

// Pieces of a file to rows, for formats whose records are lines of text.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "format/json_decoder.h"
#include "types/type.h"

namespace oresmith::format {

/// A record that could not be decoded.
struct BadLine {
  int64_t line = 0;  ///< from 1
  std::string raw;   ///< the record's bytes, cut at kBadLineBytesMax
  std::string reason;
};

inline constexpr size_t kBadLineBytesMax = 64 << 10;
/// Bad lines that one chunk keeps; `bad_count` counts all.
inline constexpr size_t kBadLinesMax = 1000;

/// The rows of a chunk. There may be none.
struct DecodedChunk {
  columnar::Batch batch;
  std::vector<int64_t> lines;  ///< of each row, from 1
  std::vector<BadLine> bad;
  int64_t bad_count = 0;
  int64_t bad_rows = 0;       ///< rows of `batch` that stand for bad records
  JsonStatistics statistics;  ///< JSON only
};

/// Safe to use from many threads at once.
class ChunkDecoder {
 public:
  virtual ~ChunkDecoder() = default;
  /// The columns of each batch.
  virtual const types::Schema& schema() const = 0;
  /// Decodes whole lines; those from line 1 on may begin with a byte order mark.
  /// Errors: kBadRecord in kFailFast mode, "line 12: reason"; kInvalidInput when the file as a
  /// whole does not fit.
  virtual Result<DecodedChunk> Decode(std::string_view chunk, const LinesOrigin& origin) const = 0;
  /// Whether a chunk must be a whole file.
  virtual bool needs_whole_file() const { return false; }
};

/// A JSON document per line, or with `multi_line` one per file (an array there gives a row per
/// element). A malformed line gives a row of NULLs in kPermissive mode, and a BadLine in any.
/// Errors: those of JsonDecoder::Make.
Result<std::unique_ptr<ChunkDecoder>> MakeJsonChunkDecoder(types::Schema schema,
                                                           JsonOptions options, bool multi_line);

/// One STRING column: the lines, or with `whole_text` the whole file. Invalid UTF-8 is replaced by
/// U+FFFD.
std::unique_ptr<ChunkDecoder> MakeTextChunkDecoder(std::string column, bool whole_text);

}  // namespace oresmith::format
