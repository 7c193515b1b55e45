#pragma once

// The files of a table at one version, as a value that is cheap to copy and to change.

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"

namespace oresmith::delta {

struct AddFile;
struct FileView;
class FileChunk;

/// What the files of a table add up to.
struct FileSums {
  int64_t files = 0;
  int64_t bytes = 0;
  /// False: counted without looking at each file; near enough to plan with, not to be told others.
  bool exact = true;
};

/// The live files of one version, in the order in which they were added. A copy shares its chunks
/// with the original, so that the next version of a table with many files costs little more than
/// what changed. Within the chunks files are packed; an AddFile is made when one is looked at.
class FileList {
 public:
  /// A file is good until the iterator moves on: who needs it for longer takes a copy.
  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = AddFile;
    using difference_type = std::ptrdiff_t;
    using pointer = const AddFile*;
    using reference = const AddFile&;

    const_iterator() = default;
    const_iterator(const FileList* list, size_t chunk) : list_(list), chunk_(chunk) {}
    const AddFile& operator*() const;
    const AddFile* operator->() const { return &**this; }
    const_iterator& operator++();
    const_iterator operator++(int);
    bool operator==(const const_iterator& other) const {
      return chunk_ == other.chunk_ && index_ == other.index_ && list_ == other.list_;
    }

   private:
    const FileList* list_ = nullptr;
    size_t chunk_ = 0;
    size_t index_ = 0;
    // The file at this place, once it has been looked at. Its memory is used again for the next,
    // unless a copy of the iterator has it too.
    mutable std::shared_ptr<AddFile> file_;
    mutable bool loaded_ = false;
  };

  /// Stands in place of the files of a table that does not keep them in memory. Whoever looks into
  /// it ends the program: it would take a full table for an empty one.
  static FileList NotHeld() {
    FileList list;
    list.is_held_ = false;
    return list;
  }
  bool is_held() const { return is_held_; }

  size_t size() const { return Held().size_; }
  bool empty() const { return Held().size_ == 0; }
  const_iterator begin() const { return {&Held(), 0}; }
  const_iterator end() const { return {&Held(), chunks_.size()}; }
  /// REQUIRES: index < size(). Costs as many steps as there are chunks before it.
  AddFile operator[](size_t index) const;
  /// All files as values of their own: several times the memory of this list.
  std::vector<std::shared_ptr<const AddFile>> Pointers() const;

  /// Sums over all files, without looking at their texts.
  struct Totals {
    int64_t bytes = 0;
    std::optional<int64_t> rows = 0;  ///< without deleted ones; absent when a file does not say it
  };
  Totals totals() const;

  void Append(const std::vector<std::shared_ptr<const AddFile>>& files);
  /// Shares the chunks of `files`.
  void Append(const FileList& files);
  void Clear();
  /// Removes the files with these keys in one pass over all of them; returns what they held.
  struct Removed {
    size_t files = 0;
    int64_t bytes = 0;
  };
  Removed Remove(const std::unordered_set<std::string>& keys);

  /// The file with this key, when it is there. A search.
  std::optional<AddFile> Find(std::string_view path, std::string_view deletion_vector_id) const;
  /// FileKeyHash of each file.
  std::vector<uint64_t> Hashes() const;

 private:
  friend class FileListBuilder;
  const FileList& Held() const {
    ORESMITH_ASSERT(is_held_);
    return *this;
  }

  std::vector<std::shared_ptr<const FileChunk>> chunks_;  // none is empty
  size_t size_ = 0;
  bool is_held_ = true;
};

/// Makes a list of many files, one after another.
class FileListBuilder {
 public:
  FileListBuilder();
  /// Goes on behind the files of `list`.
  explicit FileListBuilder(FileList list);
  ~FileListBuilder();
  FileListBuilder(const FileListBuilder&) = delete;
  FileListBuilder& operator=(const FileListBuilder&) = delete;

  void Add(const FileView& file);
  FileList Finish();

 private:
  void EndChunk();

  FileList list_;
  std::unique_ptr<FileChunk> open_;  // null: to be begun with the next file
};

/// What tells the logical files of a table apart: path and deletion vector ("" for none).
/// Source: Delta PROTOCOL.md, "Action Reconciliation".
std::string FileKey(std::string_view path, std::string_view deletion_vector_id);

}  // namespace oresmith::delta
