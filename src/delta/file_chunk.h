#pragma once

// Some files of a table, packed: what a table of a million files is made of.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delta/table.h"

namespace oresmith::delta {

/// What tells the logical files of a table apart, as a number: two keys of one hash are possible.
uint64_t FileKeyHash(std::string_view path, std::string_view deletion_vector_id);

/// A file to be packed. The texts are copied.
struct FileView {
  std::string_view path;  // decoded
  std::string_view stats;
  const PartitionValues* partition_values = nullptr;  // never null when packed
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
  int64_t num_records = -1;
  bool data_change = true;
  const std::shared_ptr<const FileExtras>* extras = nullptr;  // null or of null: none
};

/// `file` must outlive it.
FileView ViewOf(const AddFile& file);

/// Gets files one after another, each good until it returns.
using TakeFile = std::function<Status(const FileView&)>;

/// At most a few hundred files, in one block of text and one of numbers. Shared and unchangeable
/// once it is part of a list.
class FileChunk {
 public:
  void Add(const FileView& file);
  /// A file of another chunk, as it is.
  void AddFrom(const FileChunk& other, size_t index);
  /// Empty, with the memory it has.
  void Clear();
  /// To be called when nothing will be added: gives back the memory that is too much.
  void Shrink();

  size_t size() const { return entries_.size(); }
  bool is_full() const { return entries_.size() >= kFilesMax || text_.size() >= kTextMax; }

  uint64_t hash(size_t index) const { return entries_[index].hash; }
  int64_t size_bytes(size_t index) const { return entries_[index].size_bytes; }
  /// Physical rows; -1 when unknown.
  int64_t num_records(size_t index) const { return entries_[index].num_records; }
  std::string_view path(size_t index) const {
    return Slice(entries_[index].begin, entries_[index].path_size);
  }
  /// Null for most files.
  const FileExtras* extras(size_t index) const;
  /// FileKey of the file.
  std::string key(size_t index) const;
  /// Overwrites all of `file`, with the memory it has.
  void Load(size_t index, AddFile& file) const;

 private:
  // A copy of the last chunk is the cost of an append to a version that somebody else holds.
  static constexpr size_t kFilesMax = 256;
  static constexpr size_t kTextMax = 128 << 10;

  struct Entry {
    uint64_t hash = 0;
    int64_t size_bytes = 0;
    int64_t modified_ms = 0;
    int64_t num_records = -1;
    uint32_t begin = 0;  // in text_: the path, then the statistics
    uint32_t path_size = 0;
    uint32_t stats_size = 0;
    uint32_t partition_begin = 0;
    uint32_t partition_size = 0;
    uint32_t extras = 0;  // 0: none, else one more than the index in extras_
    bool data_change = true;
  };

  std::string_view Slice(uint32_t begin, uint32_t size) const {
    return std::string_view(text_).substr(begin, size);
  }
  uint16_t NameIndex(const std::string& name);
  void EncodePartition(const PartitionValues& values, std::string& encoded);
  void AppendPartition(std::string_view encoded, Entry& entry);
  void AppendExtras(const std::shared_ptr<const FileExtras>& extras, Entry& entry);
  void LoadPartition(const Entry& entry, PartitionValues& values) const;

  std::vector<Entry> entries_;
  std::string text_;
  std::vector<std::string> names_;  // of partition columns
  std::vector<std::shared_ptr<const FileExtras>> extras_;
};

}  // namespace oresmith::delta
