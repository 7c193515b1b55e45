#include "delta/file_chunk.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace oresmith::delta {
namespace {

// The size of a partition value that is NULL.
constexpr uint32_t kNull = 0xffff'ffff;

template <class Number>
void AppendNumber(Number number, std::string& bytes) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  bytes.append(raw, sizeof number);
}

template <class Number>
Number TakeNumber(std::string_view& bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

}  // namespace

uint64_t FileKeyHash(std::string_view path, std::string_view deletion_vector_id) {
  constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
  const uint64_t hash = std::hash<std::string_view>()(path);
  if (deletion_vector_id.empty()) return hash;
  return hash * kOdd + std::hash<std::string_view>()(deletion_vector_id);
}

FileView ViewOf(const AddFile& file) {
  return {.path = file.path,
          .stats = file.stats,
          .partition_values = &file.partition_values,
          .size_bytes = file.size_bytes,
          .modified_ms = file.modified_ms,
          .num_records = file.num_records,
          .data_change = file.data_change,
          .extras = &file.extras};
}

uint16_t FileChunk::NameIndex(const std::string& name) {
  const auto known = std::ranges::find(names_, name);
  const auto index = static_cast<uint16_t>(known - names_.begin());
  if (known == names_.end()) names_.push_back(name);
  return index;
}

void FileChunk::EncodePartition(const PartitionValues& values, std::string& encoded) {
  for (const auto& [name, value] : values) {
    AppendNumber(NameIndex(name), encoded);
    AppendNumber(value ? static_cast<uint32_t>(value->size()) : kNull, encoded);
    if (value) encoded += *value;
  }
}

void FileChunk::AppendPartition(std::string_view encoded, Entry& entry) {
  entry.partition_size = static_cast<uint32_t>(encoded.size());
  // Files of one partition come together more often than not.
  if (!entries_.empty()) {
    const Entry& last = entries_.back();
    if (Slice(last.partition_begin, last.partition_size) == encoded) {
      entry.partition_begin = last.partition_begin;
      return;
    }
  }
  entry.partition_begin = static_cast<uint32_t>(text_.size());
  text_ += encoded;
}

void FileChunk::AppendExtras(const std::shared_ptr<const FileExtras>& extras, Entry& entry) {
  if (extras == nullptr) return;
  extras_.push_back(extras);
  entry.extras = static_cast<uint32_t>(extras_.size());
}

void FileChunk::Add(const FileView& file) {
  Entry entry{.size_bytes = file.size_bytes,
              .modified_ms = file.modified_ms,
              .num_records = file.num_records,
              .begin = static_cast<uint32_t>(text_.size()),
              .path_size = static_cast<uint32_t>(file.path.size()),
              .stats_size = static_cast<uint32_t>(file.stats.size()),
              .data_change = file.data_change};
  text_ += file.path;
  text_ += file.stats;
  if (!file.partition_values->empty()) {
    std::string encoded;
    EncodePartition(*file.partition_values, encoded);
    AppendPartition(encoded, entry);
  }
  std::string vector_id;
  if (file.extras != nullptr && *file.extras != nullptr) {
    AppendExtras(*file.extras, entry);
    if ((*file.extras)->deletion_vector) vector_id = (*file.extras)->deletion_vector->unique_id();
  }
  entry.hash = FileKeyHash(file.path, vector_id);
  entries_.push_back(entry);
}

void FileChunk::AddFrom(const FileChunk& other, size_t index) {
  Entry entry = other.entries_[index];
  const std::string_view text = other.Slice(entry.begin, entry.path_size + entry.stats_size);
  entry.begin = static_cast<uint32_t>(text_.size());
  text_ += text;
  if (entry.partition_size > 0) {
    PartitionValues values;
    other.LoadPartition(entry, values);
    std::string encoded;
    EncodePartition(values, encoded);
    AppendPartition(encoded, entry);
  }
  const uint32_t extras = std::exchange(entry.extras, 0);
  if (extras > 0) AppendExtras(other.extras_[extras - 1], entry);
  entries_.push_back(entry);
}

void FileChunk::Clear() {
  entries_.clear();
  text_.clear();
  names_.clear();
  extras_.clear();
}

void FileChunk::Shrink() {
  entries_.shrink_to_fit();
  text_.shrink_to_fit();
  extras_.shrink_to_fit();
}

const FileExtras* FileChunk::extras(size_t index) const {
  const uint32_t extras = entries_[index].extras;
  return extras == 0 ? nullptr : extras_[extras - 1].get();
}

std::string FileChunk::key(size_t index) const {
  const FileExtras* file_extras = extras(index);
  const bool has_vector = file_extras != nullptr && file_extras->deletion_vector;
  return FileKey(path(index), has_vector ? file_extras->deletion_vector->unique_id() : "");
}

void FileChunk::LoadPartition(const Entry& entry, PartitionValues& values) const {
  values.clear();
  std::string_view encoded = Slice(entry.partition_begin, entry.partition_size);
  while (!encoded.empty()) {
    const std::string& name = names_[TakeNumber<uint16_t>(encoded)];
    const auto size = TakeNumber<uint32_t>(encoded);
    if (size == kNull) {
      values.emplace_hint(values.end(), name, std::nullopt);
      continue;
    }
    values.emplace_hint(values.end(), name, std::string(encoded.substr(0, size)));
    encoded.remove_prefix(size);
  }
}

void FileChunk::Load(size_t index, AddFile& file) const {
  const Entry& entry = entries_[index];
  file.path = Slice(entry.begin, entry.path_size);
  file.stats = Slice(entry.begin + entry.path_size, entry.stats_size);
  LoadPartition(entry, file.partition_values);
  file.size_bytes = entry.size_bytes;
  file.modified_ms = entry.modified_ms;
  file.data_change = entry.data_change;
  file.num_records = entry.num_records;
  file.extras = entry.extras == 0 ? nullptr : extras_[entry.extras - 1];
}

}  // namespace oresmith::delta
