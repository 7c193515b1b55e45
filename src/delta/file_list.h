#pragma once

// The files of a table at one version, as a value that is cheap to copy and to change.

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace oresmith::delta {

struct AddFile;

/// The live files of one version, in the order in which they were added. A copy shares its chunks
/// with the original, so that the next version of a table with many files costs little more than
/// what changed.
class FileList {
 public:
  using Chunk = std::vector<std::shared_ptr<const AddFile>>;

  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = AddFile;
    using difference_type = std::ptrdiff_t;
    using pointer = const AddFile*;
    using reference = const AddFile&;

    const_iterator() = default;
    const_iterator(const FileList* list, size_t chunk) : list_(list), chunk_(chunk) {}
    const AddFile& operator*() const { return *(*list_->chunks_[chunk_])[index_]; }
    const AddFile* operator->() const { return &**this; }
    const_iterator& operator++();
    const_iterator operator++(int);
    bool operator==(const const_iterator& other) const = default;

   private:
    const FileList* list_ = nullptr;
    size_t chunk_ = 0;
    size_t index_ = 0;
  };

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, chunks_.size()}; }
  /// REQUIRES: index < size(). Costs as many steps as there are chunks before it.
  const AddFile& operator[](size_t index) const;
  /// The files, shared with this list.
  std::vector<std::shared_ptr<const AddFile>> Pointers() const;

  void Append(std::vector<std::shared_ptr<const AddFile>> files);
  void Clear();
  /// Removes the files with these keys in one pass over all of them; returns what they held.
  struct Removed {
    size_t files = 0;
    int64_t bytes = 0;
  };
  Removed Remove(const std::unordered_set<std::string>& keys);

 private:
  std::vector<std::shared_ptr<const Chunk>> chunks_;  // none is empty
  size_t size_ = 0;
};

/// What tells the logical files of a table apart: path and deletion vector ("" for none).
/// Source: Delta PROTOCOL.md, "Action Reconciliation".
std::string FileKey(std::string_view path, std::string_view deletion_vector_id);

}  // namespace oresmith::delta
