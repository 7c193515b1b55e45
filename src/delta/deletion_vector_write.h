#pragma once

// Writing deletion vectors: those of one commit together in one file, as Spark does. None is
// written into the log itself, where each checkpoint and each reader's state would carry it.
// Source: Delta PROTOCOL.md, "Deletion Vectors"; Spark, DeletionVectorStore, RoaringBitmapArray.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "delta/deletion_vector.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The data of a vector as ParseDeletedRows reads it, byte for byte as Spark writes it.
/// REQUIRES: rows ascending, each once, not negative.
std::string EncodeDeletedRows(const DeletedRows& deleted);

/// Z85 text of bytes. REQUIRES: their number is a multiple of 4.
std::string EncodeZ85(std::string_view bytes);

/// Writes the vectors of one commit. Those whose data takes more than `kInlineBytesMax` go into
/// files in the table's folder, several into each. One thread at a time.
class DeletionVectorWriter {
 public:
  /// An inline vector is part of each checkpoint and of each reader's state.
  static constexpr size_t kInlineBytesMax = 256;
  /// Past this a new file is begun. Source: Spark, DELETION_VECTOR_PACKING_TARGET_SIZE.
  static constexpr size_t kFileBytesMax = 2 << 20;

  /// Store and random must outlive it.
  DeletionVectorWriter(storage::Store& store, std::string root, Random& random);

  /// What the add action says; the vector is there when Close has returned.
  /// REQUIRES: as EncodeDeletedRows, and not empty.
  Result<DeletionVector> Write(const DeletedRows& deleted);
  Status Close();

 private:
  Status PutFile();

  storage::Store& store_;
  const std::string root_;
  Random& random_;
  std::string uuid_;   // of the file under way
  std::string bytes_;  // of the file under way; empty: none
};

}  // namespace oresmith::delta
