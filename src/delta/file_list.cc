#include "delta/file_list.h"

#include <algorithm>

#include "delta/file_chunk.h"
#include "delta/table.h"

namespace oresmith::delta {

const AddFile& FileList::const_iterator::operator*() const {
  if (loaded_) return *file_;
  if (file_ == nullptr || file_.use_count() > 1) file_ = std::make_shared<AddFile>();
  list_->chunks_[chunk_]->Load(index_, *file_);
  loaded_ = true;
  return *file_;
}

FileList::const_iterator& FileList::const_iterator::operator++() {
  loaded_ = false;
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

AddFile FileList::operator[](size_t index) const {
  ORESMITH_ASSERT(index < size());
  size_t chunk = 0;
  while (index >= chunks_[chunk]->size()) index -= chunks_[chunk++]->size();
  AddFile file;
  chunks_[chunk]->Load(index, file);
  return file;
}

std::vector<std::shared_ptr<const AddFile>> FileList::Pointers() const {
  std::vector<std::shared_ptr<const AddFile>> files;
  files.reserve(size());
  for (const auto& chunk : chunks_) {
    for (size_t i = 0; i < chunk->size(); ++i) {
      auto file = std::make_shared<AddFile>();
      chunk->Load(i, *file);
      files.push_back(std::move(file));
    }
  }
  return files;
}

FileList::Totals FileList::totals() const {
  Totals totals;
  for (const auto& chunk : Held().chunks_) {
    for (size_t i = 0; i < chunk->size(); ++i) {
      totals.bytes += chunk->size_bytes(i);
      if (chunk->num_records(i) < 0) totals.rows.reset();
      if (!totals.rows) continue;
      *totals.rows += chunk->num_records(i);
      const FileExtras* extras = chunk->extras(i);
      if (extras == nullptr || !extras->deletion_vector) continue;
      *totals.rows -= extras->deletion_vector->cardinality;
    }
  }
  return totals;
}

void FileList::Append(const std::vector<std::shared_ptr<const AddFile>>& files) {
  FileListBuilder builder(std::move(*this));
  for (const auto& file : files) builder.Add(ViewOf(*file));
  *this = builder.Finish();
}

void FileList::Append(const FileList& files) {
  chunks_.insert(chunks_.end(), files.chunks_.begin(), files.chunks_.end());
  size_ += files.size_;
}

void FileList::Clear() {
  chunks_.clear();
  size_ = 0;
}

FileList::Removed FileList::Remove(const std::unordered_set<std::string>& keys) {
  Removed removed;
  std::unordered_set<uint64_t> hashes;
  for (const std::string_view key : keys) {
    const size_t end_of_path = key.find('\0');
    hashes.insert(FileKeyHash(key.substr(0, end_of_path), key.substr(end_of_path + 1)));
  }
  const auto leaves = [&](const FileChunk& chunk, size_t index) {
    return hashes.contains(chunk.hash(index)) && keys.contains(chunk.key(index));
  };
  for (std::shared_ptr<const FileChunk>& chunk : chunks_) {
    size_t first = 0;
    while (first < chunk->size() && !leaves(*chunk, first)) ++first;
    if (first == chunk->size()) continue;
    auto rest = std::make_shared<FileChunk>();
    for (size_t i = 0; i < chunk->size(); ++i) {
      if (i >= first && leaves(*chunk, i)) {
        removed.bytes += chunk->size_bytes(i);
      } else {
        rest->AddFrom(*chunk, i);
      }
    }
    removed.files += chunk->size() - rest->size();
    rest->Shrink();
    chunk = std::move(rest);
  }
  std::erase_if(chunks_, [](const auto& chunk) { return chunk->size() == 0; });
  size_ -= removed.files;
  return removed;
}

std::optional<AddFile> FileList::Find(std::string_view path,
                                      std::string_view deletion_vector_id) const {
  const uint64_t hash = FileKeyHash(path, deletion_vector_id);
  for (const auto& chunk : Held().chunks_) {
    for (size_t i = 0; i < chunk->size(); ++i) {
      if (chunk->hash(i) != hash || chunk->path(i) != path) continue;
      AddFile file;
      chunk->Load(i, file);
      if (file.deletion_vector_id() == deletion_vector_id) return file;
    }
  }
  return std::nullopt;
}

std::vector<uint64_t> FileList::Hashes() const {
  std::vector<uint64_t> hashes;
  hashes.reserve(size());
  for (const auto& chunk : chunks_) {
    for (size_t i = 0; i < chunk->size(); ++i) hashes.push_back(chunk->hash(i));
  }
  return hashes;
}

FileListBuilder::FileListBuilder() = default;
FileListBuilder::~FileListBuilder() = default;

FileListBuilder::FileListBuilder(FileList list) : list_(std::move(list)) {}

void FileListBuilder::Add(const FileView& file) {
  if (open_ == nullptr) {
    if (list_.chunks_.empty() || list_.chunks_.back()->is_full()) {
      open_ = std::make_unique<FileChunk>();
    } else {
      // Copied, not grown in place: other versions of the list may share it.
      open_ = std::make_unique<FileChunk>(*list_.chunks_.back());
      list_.chunks_.pop_back();
    }
  }
  open_->Add(file);
  ++list_.size_;
  if (open_->is_full()) EndChunk();
}

/// A copy takes the memory that it needs; what the chunk grew to serves the next one.
void FileListBuilder::EndChunk() {
  list_.chunks_.push_back(std::make_shared<FileChunk>(*open_));
  open_->Clear();
}

FileList FileListBuilder::Finish() {
  if (open_ != nullptr && open_->size() > 0) EndChunk();
  open_ = nullptr;
  return std::move(list_);
}

std::string FileKey(std::string_view path, std::string_view deletion_vector_id) {
  std::string key;
  key.reserve(path.size() + 1 + deletion_vector_id.size());
  key.append(path).append(1, '\0').append(deletion_vector_id);
  return key;
}

}  // namespace oresmith::delta
