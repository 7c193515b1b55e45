#include "delta/file_list.h"

#include <algorithm>

#include "delta/table.h"

namespace oresmith::delta {
namespace {

// A copy of the last chunk is the cost of an append to a version that somebody else holds.
constexpr size_t kChunkFilesMax = 256;

}  // namespace

FileList::const_iterator& FileList::const_iterator::operator++() {
  if (++index_ == list_->chunks_[chunk_]->size()) {
    ++chunk_;
    index_ = 0;
  }
  return *this;
}

FileList::const_iterator FileList::const_iterator::operator++(int) {
  const const_iterator before = *this;
  ++*this;
  return before;
}

const AddFile& FileList::operator[](size_t index) const {
  size_t chunk = 0;
  while (index >= chunks_[chunk]->size()) index -= chunks_[chunk++]->size();
  return *(*chunks_[chunk])[index];
}

std::vector<std::shared_ptr<const AddFile>> FileList::Pointers() const {
  std::vector<std::shared_ptr<const AddFile>> files;
  files.reserve(size_);
  for (const auto& chunk : chunks_) files.insert(files.end(), chunk->begin(), chunk->end());
  return files;
}

void FileList::Append(std::vector<std::shared_ptr<const AddFile>> files) {
  size_ += files.size();
  Chunk chunk;
  if (!files.empty() && !chunks_.empty() && chunks_.back()->size() < kChunkFilesMax) {
    // Copied, not grown in place: other versions of the list may share it.
    chunk = *chunks_.back();
    chunks_.pop_back();
  }
  for (auto& file : files) {
    chunk.push_back(std::move(file));
    if (chunk.size() < kChunkFilesMax) continue;
    chunks_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
    chunk = Chunk();
  }
  if (!chunk.empty()) chunks_.push_back(std::make_shared<const Chunk>(std::move(chunk)));
}

void FileList::Clear() {
  chunks_.clear();
  size_ = 0;
}

FileList::Removed FileList::Remove(const std::unordered_set<std::string>& keys) {
  Removed removed;
  const auto leaves = [&](const std::shared_ptr<const AddFile>& file) {
    return keys.contains(FileKey(file->path, file->deletion_vector_id()));
  };
  for (std::shared_ptr<const Chunk>& chunk : chunks_) {
    if (std::ranges::none_of(*chunk, leaves)) continue;
    Chunk rest;
    std::ranges::remove_copy_if(*chunk, std::back_inserter(rest), leaves);
    removed.files += chunk->size() - rest.size();
    for (const auto& file : *chunk) removed.bytes += file->size_bytes;
    for (const auto& file : rest) removed.bytes -= file->size_bytes;
    chunk = std::make_shared<const Chunk>(std::move(rest));
  }
  std::erase_if(chunks_, [](const auto& chunk) { return chunk->empty(); });
  size_ -= removed.files;
  return removed;
}

std::string FileKey(std::string_view path, std::string_view deletion_vector_id) {
  std::string key;
  key.reserve(path.size() + 1 + deletion_vector_id.size());
  key.append(path).append(1, '\0').append(deletion_vector_id);
  return key;
}

}  // namespace oresmith::delta
