#include "delta/deletion_vector_write.h"

#include <algorithm>
#include <span>
#include <utility>

#include "delta/deletion_vector_format_internal.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

/// Row numbers that are the same but for their last 16 bits.
struct Container {
  uint16_t key = 0;
  std::vector<uint16_t> values = {};  // ascending
  size_t runs = 0;                    // of values that follow each other

  void Append(uint16_t value) {
    if (values.empty() || values.back() + 1 != value) ++runs;
    values.push_back(value);
  }
  size_t BytesWithoutRuns() const {
    return values.size() > kArrayMax ? kBitmapBytes : values.size() * 2;
  }
  size_t BytesAsRuns() const { return 2 + 4 * runs; }
  /// As runs only where that is smaller: Java's choice, which makes the bytes those of Spark.
  bool HasRuns() const { return BytesAsRuns() < BytesWithoutRuns(); }
  size_t Bytes() const { return HasRuns() ? BytesAsRuns() : BytesWithoutRuns(); }
};

template <class Number>
void AppendLittle(Number number, std::string& out) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    out += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i) & 0xFF);
  }
}

void AppendBig(uint32_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

/// REQUIRES: rows of one 32-bit bitmap.
std::vector<Container> ContainersOf(std::span<const int64_t> rows) {
  std::vector<Container> containers;
  for (const int64_t row : rows) {
    const auto key = static_cast<uint16_t>(row >> 16 & 0xFFFF);
    const auto value = static_cast<uint16_t>(row & 0xFFFF);
    if (containers.empty() || containers.back().key != key) containers.push_back({.key = key});
    containers.back().Append(value);
  }
  return containers;
}

/// Each as its first value, and how many follow it.
void AppendRuns(const Container& container, std::string& out) {
  AppendLittle(static_cast<uint16_t>(container.runs), out);
  const std::vector<uint16_t>& values = container.values;
  for (size_t begin = 0; begin < values.size();) {
    size_t end = begin + 1;
    while (end < values.size() && values[end - 1] + 1 == values[end]) ++end;
    AppendLittle(values[begin], out);
    AppendLittle(static_cast<uint16_t>(end - begin - 1), out);
    begin = end;
  }
}

void AppendContainer(const Container& container, std::string& out) {
  if (container.HasRuns()) return AppendRuns(container, out);
  if (container.values.size() <= kArrayMax) {
    for (const uint16_t value : container.values) AppendLittle(value, out);
    return;
  }
  std::string bits(kBitmapBytes, '\0');
  for (const uint16_t value : container.values) {
    bits[value / 8] = static_cast<char>(bits[value / 8] | 1 << (value % 8));
  }
  out += bits;
}

/// What stands before the containers' keys. Says also which of them have runs, when any has.
void AppendCookie(const std::vector<Container>& containers, bool any_runs, std::string& out) {
  if (!any_runs) {
    AppendLittle(kCookieWithoutRuns, out);
    AppendLittle(static_cast<uint32_t>(containers.size()), out);
    return;
  }
  AppendLittle(kCookieWithRuns | static_cast<uint32_t>(containers.size() - 1) << 16, out);
  std::string flags((containers.size() + 7) / 8, '\0');
  for (size_t i = 0; i < containers.size(); ++i) {
    if (containers[i].HasRuns()) flags[i / 8] = static_cast<char>(flags[i / 8] | 1 << (i % 8));
  }
  out += flags;
}

/// Source: the Roaring bitmap format.
void AppendRoaring32(std::span<const int64_t> rows, std::string& out) {
  const std::vector<Container> containers = ContainersOf(rows);
  const bool any_runs = std::ranges::any_of(containers, &Container::HasRuns);
  const size_t begin = out.size();
  AppendCookie(containers, any_runs, out);
  for (const Container& container : containers) {
    AppendLittle(container.key, out);
    AppendLittle(static_cast<uint16_t>(container.values.size() - 1), out);
  }
  if (!any_runs || containers.size() >= kOffsetsMin) {
    size_t offset = out.size() - begin + containers.size() * 4;
    for (const Container& container : containers) {
      AppendLittle(static_cast<uint32_t>(offset), out);
      offset += container.Bytes();
    }
  }
  for (const Container& container : containers) AppendContainer(container, out);
}

/// The bytes of a UUID in its usual form.
std::string UuidBytes(std::string_view uuid) {
  std::string bytes;
  int high = -1;
  for (const char c : uuid) {
    if (c == '-') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
      continue;
    }
    bytes += static_cast<char>(high << 4 | digit);
    high = -1;
  }
  return bytes;
}

}  // namespace

std::string EncodeZ85(std::string_view bytes) {
  ORESMITH_ASSERT(bytes.size() % 4 == 0);
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 4) {
    uint32_t number = 0;
    for (size_t k = 0; k < 4; ++k) number = number << 8 | static_cast<unsigned char>(bytes[i + k]);
    char digits[5];
    for (int k = 4; k >= 0; --k) {
      digits[k] = kZ85Digits[number % 85];
      number /= 85;
    }
    text.append(digits, 5);
  }
  return text;
}

std::string EncodeDeletedRows(const DeletedRows& deleted) {
  const std::span<const int64_t> rows(deleted.rows);
  std::vector<std::span<const int64_t>> bitmaps;
  for (size_t begin = 0; begin < rows.size();) {
    const int64_t high = rows[begin] >> 32;
    const auto end =
        std::ranges::find_if(rows.subspan(begin), [&](int64_t row) { return row >> 32 != high; });
    const auto size = static_cast<size_t>(end - rows.begin()) - begin;
    bitmaps.push_back(rows.subspan(begin, size));
    begin += size;
  }
  std::string data;
  AppendLittle(kVectorMagic, data);
  AppendLittle(uint64_t{bitmaps.size()}, data);
  for (const std::span<const int64_t> bitmap : bitmaps) {
    AppendLittle(static_cast<uint32_t>(bitmap.front() >> 32), data);
    AppendRoaring32(bitmap, data);
  }
  return data;
}

DeletionVectorWriter::DeletionVectorWriter(storage::Store& store, std::string root, Random& random)
    : store_(store), root_(std::move(root)), random_(random) {}

Result<DeletionVector> DeletionVectorWriter::Write(const DeletedRows& deleted) {
  const std::string data = EncodeDeletedRows(deleted);
  DeletionVector vector;
  vector.size_bytes = static_cast<int64_t>(data.size());
  vector.cardinality = static_cast<int64_t>(deleted.rows.size());
  if (bytes_.empty()) {
    uuid_ = NewUuid(random_);
    bytes_ += kVectorFileVersion;
  }
  vector.storage_type = "u";
  vector.path_or_inline = EncodeZ85(UuidBytes(uuid_));
  vector.offset = static_cast<int64_t>(bytes_.size());
  AppendBig(static_cast<uint32_t>(data.size()), bytes_);
  bytes_ += data;
  AppendBig(VectorCrc32(data), bytes_);
  if (bytes_.size() >= kFileBytesMax) TRY_DO(PutFile());
  return vector;
}

Status DeletionVectorWriter::PutFile() {
  TRY_DO(store_.PutIfAbsent(KeyUnder(root_, fmt::format("deletion_vector_{}.bin", uuid_)), bytes_));
  bytes_.clear();
  return {};
}

Status DeletionVectorWriter::Close() {
  if (bytes_.empty()) return {};
  return PutFile();
}

}  // namespace oresmith::delta
