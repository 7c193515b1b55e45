#include "delta/deletion_vector.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "delta/deletion_vector_format_internal.h"
#include "delta/outside_file.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

constexpr int64_t kVectorBytesMax = int64_t{1} << 31;

/// Takes little-endian numbers from the front of bytes.
class BytesReader {
 public:
  explicit BytesReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  std::optional<Number> Take() {
    Number number{};
    if (bytes_.size() < sizeof(Number)) return std::nullopt;
    std::memcpy(&number, bytes_.data(), sizeof(Number));
    bytes_.remove_prefix(sizeof(Number));
    return number;
  }
  bool Skip(size_t count) {
    if (bytes_.size() < count) return false;
    bytes_.remove_prefix(count);
    return true;
  }
  std::optional<std::string_view> Bytes(size_t count) {
    const std::string_view front = bytes_.substr(0, count);
    if (!Skip(count)) return std::nullopt;
    return front;
  }

 private:
  std::string_view bytes_;
};

tl::unexpected<Error> Broken(std::string_view what) {
  return Fail(ErrorKind::kCorrupt, "deletion vector: {}", what);
}

struct Container {
  uint16_t key = 0;
  uint32_t cardinality = 0;
  bool is_run = false;
};

/// Row numbers, and how many there may be: a few bytes can stand for 2^32 of them.
struct RowList {
  std::vector<int64_t>& rows;
  int64_t rows_max;

  bool IsFull() const { return std::ssize(rows) > rows_max; }
};

Status ReadRuns(BytesReader& reader, int64_t base, RowList& list) {
  const auto runs = reader.Take<uint16_t>();
  if (!runs) return Broken("cut short");
  for (int i = 0; i < *runs; ++i) {
    const auto start = reader.Take<uint16_t>();
    const auto length = reader.Take<uint16_t>();
    if (!start || !length) return Broken("cut short");
    if (*start + *length > 0xFFFF) return Broken("a run ends past its container");
    for (int value = *start; value <= *start + *length; ++value) list.rows.push_back(base + value);
    if (list.IsFull()) return Broken("it deletes more rows than the log says");
  }
  return {};
}

Status ReadBitmap(BytesReader& reader, int64_t base, RowList& list) {
  for (int word = 0; word < 1024; ++word) {
    auto bits = reader.Take<uint64_t>();
    if (!bits) return Broken("cut short");
    for (; *bits != 0; *bits &= *bits - 1) {
      list.rows.push_back(base + word * 64 + __builtin_ctzll(*bits));
    }
  }
  return {};
}

Status ReadContainer(BytesReader& reader, const Container& container, int64_t base, RowList& list) {
  if (container.is_run) return ReadRuns(reader, base, list);
  if (container.cardinality > kArrayMax) return ReadBitmap(reader, base, list);
  for (uint32_t i = 0; i < container.cardinality; ++i) {
    const auto value = reader.Take<uint16_t>();
    if (!value) return Broken("cut short");
    list.rows.push_back(base + *value);
  }
  return {};
}

/// One 32-bit bitmap; `high` is added to its values.
Status ReadRoaring32(BytesReader& reader, int64_t high, RowList& list) {
  const auto cookie = reader.Take<uint32_t>();
  if (!cookie) return Broken("cut short");
  size_t count = 0;
  std::string_view run_flags;
  if ((*cookie & 0xFFFF) == kCookieWithRuns) {
    count = (*cookie >> 16) + 1;
    const auto flags = reader.Bytes((count + 7) / 8);
    if (!flags) return Broken("cut short");
    run_flags = *flags;
  } else if (*cookie == kCookieWithoutRuns) {
    const auto containers = reader.Take<uint32_t>();
    if (!containers || *containers > 65536) return Broken("cut short, or too many containers");
    count = *containers;
  } else {
    return Broken("not a Roaring bitmap");
  }
  std::vector<Container> containers(count);
  for (size_t i = 0; i < count; ++i) {
    const auto key = reader.Take<uint16_t>();
    const auto cardinality = reader.Take<uint16_t>();
    if (!key || !cardinality) return Broken("cut short");
    const bool is_run =
        !run_flags.empty() && (static_cast<unsigned char>(run_flags[i / 8]) >> (i % 8) & 1) != 0;
    containers[i] = {*key, uint32_t{*cardinality} + 1, is_run};
  }
  if ((run_flags.empty() || count >= kOffsetsMin) && !reader.Skip(count * 4)) {
    return Broken("cut short");
  }
  for (const Container& container : containers) {
    TRY_DO(ReadContainer(reader, container, high + (int64_t{container.key} << 16), list));
    if (list.IsFull()) return Broken("it deletes more rows than the log says");
  }
  return {};
}

uint32_t BigEndian(const char* bytes) {
  uint32_t number = 0;
  std::memcpy(&number, bytes, 4);
  return __builtin_bswap32(number);
}

/// `<prefix>/deletion_vector_<uuid>.bin` of "u"'s text: a prefix of any length, then 20 of Z85.
Result<std::string> VectorPath(std::string_view text) {
  constexpr size_t kUuidLength = 20;
  if (text.size() < kUuidLength) return Broken("its name is cut short");
  const std::string_view prefix = text.substr(0, text.size() - kUuidLength);
  const std::optional<std::string> uuid = DecodeZ85(text.substr(prefix.size()));
  if (!uuid) return Broken("its name is no Z85 text");
  std::string name = "deletion_vector_";
  for (size_t i = 0; i < uuid->size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) name += '-';
    name += fmt::format("{:02x}", static_cast<unsigned char>((*uuid)[i]));
  }
  return KeyUnder(prefix, name + ".bin");
}

Result<std::string> ReadVectorFile(storage::Store& store, const std::string& key,
                                   const DeletionVector& vector) {
  // In the file: size (big-endian), data, CRC-32 (big-endian).
  if (vector.size_bytes < 0 || vector.size_bytes > kVectorBytesMax) return Broken("a wrong size");
  TRY(const std::unique_ptr<storage::InputFile> file, store.OpenInput(key));
  const int64_t begin = vector.offset.value_or(1);
  if (begin < 0 || begin > file->size_bytes() - vector.size_bytes - 8) {
    return Broken(fmt::format("its file {} of {} bytes is cut short: {} bytes at {} are wanted",
                              store.Describe(key), file->size_bytes(), vector.size_bytes + 8,
                              begin));
  }
  std::string bytes(static_cast<size_t>(vector.size_bytes) + 8, '\0');
  TRY(const int64_t count, file->ReadAt(begin, static_cast<int64_t>(bytes.size()), bytes.data()));
  if (count != static_cast<int64_t>(bytes.size())) return Broken("its file is cut short");
  const std::string_view data = std::string_view(bytes).substr(4, bytes.size() - 8);
  if (BigEndian(bytes.data()) != data.size()) return Broken("its file gives another size");
  if (BigEndian(bytes.data() + bytes.size() - 4) != VectorCrc32(data))
    return Broken("wrong checksum");
  return std::string(data);
}

/// The rows of the batch with these numbers in it.
Result<columnar::Batch> Take(const columnar::Batch& batch, const std::vector<int64_t>& kept) {
  const arrow::Int64Array indices(static_cast<int64_t>(kept.size()), arrow::Buffer::Wrap(kept));
  if (batch->num_columns() == 0) {
    return arrow::RecordBatch::Make(batch->schema(), indices.length(), arrow::ArrayVector());
  }
  arrow::ArrayVector columns;
  for (const auto& column : batch->columns()) {
    auto taken = arrow::compute::Take(*column, indices);
    if (!taken.ok()) {
      return Fail(columnar::FromArrowStatus(taken.status(), ErrorKind::kUnavailable,
                                            "leave out deleted rows"));
    }
    columns.push_back(*std::move(taken));
  }
  return arrow::RecordBatch::Make(batch->schema(), indices.length(), std::move(columns));
}

}  // namespace

uint32_t VectorCrc32(std::string_view data) {
  uint32_t crc = ~0U;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1)));
  }
  return ~crc;
}

std::optional<std::string> DecodeZ85(std::string_view text) {
  if (text.size() % 5 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 5) {
    uint64_t number = 0;
    for (size_t k = 0; k < 5; ++k) {
      const size_t digit = kZ85Digits.find(text[i + k]);
      if (digit == std::string_view::npos) return std::nullopt;
      number = number * 85 + digit;
    }
    if (number > 0xFFFFFFFF) return std::nullopt;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  }
  return bytes;
}

Result<DeletedRows> ParseDeletedRows(std::string_view data, int64_t rows_max) {
  BytesReader reader(data);
  const auto magic = reader.Take<uint32_t>();
  if (!magic || *magic != kVectorMagic) return Broken("its first bytes are wrong");
  const auto bitmaps = reader.Take<uint64_t>();
  if (!bitmaps || *bitmaps > data.size()) return Broken("cut short, or too many bitmaps");
  DeletedRows deleted;
  RowList list{deleted.rows, rows_max};
  for (uint64_t i = 0; i < *bitmaps; ++i) {
    const auto key = reader.Take<uint32_t>();
    if (!key || *key > INT32_MAX) return Broken("cut short, or a row number that is too great");
    TRY_DO(ReadRoaring32(reader, static_cast<int64_t>(*key) << 32, list));
  }
  std::ranges::sort(deleted.rows);
  // Later steps rest on each row being there once.
  if (std::ranges::adjacent_find(deleted.rows) != deleted.rows.end()) {
    return Broken("a row is there twice");
  }
  return deleted;
}

Result<std::shared_ptr<const DeletedRows>> ReadDeletedRows(storage::Store& store,
                                                           const std::string& root,
                                                           const DeletionVector& vector) {
  std::string data;
  if (vector.storage_type == "i") {
    std::optional<std::string> inline_data = DecodeZ85(vector.path_or_inline);
    if (!inline_data) return Broken("its inline text is no Z85");
    data = std::move(*inline_data);
  } else if (vector.storage_type == "u") {
    TRY(const std::string path, VectorPath(vector.path_or_inline));
    TRY(data, ReadVectorFile(store, KeyUnder(root, path), vector));
  } else if (vector.storage_type == "p") {
    TRY(const FilePlace place, PlaceOfFile(store, root, DecodePath(vector.path_or_inline)));
    TRY(data, ReadVectorFile(*place.store, place.key, vector));
  } else {
    return Fail(ErrorKind::kUnsupported, "deletion vectors of storage type '{}'",
                vector.storage_type);
  }
  TRY(DeletedRows deleted, ParseDeletedRows(data, vector.cardinality));
  if (static_cast<int64_t>(deleted.rows.size()) != vector.cardinality) {
    return Broken(fmt::format("it deletes {} rows, the log says {}", deleted.rows.size(),
                              vector.cardinality));
  }
  return std::make_shared<const DeletedRows>(std::move(deleted));
}

Result<columnar::Batch> WithoutDeletedRows(const columnar::Batch& batch, const DeletedRows& deleted,
                                           int64_t first_row) {
  const int64_t end_row = first_row + batch->num_rows();
  auto next = std::ranges::lower_bound(deleted.rows, first_row);
  if (next == deleted.rows.end() || *next >= end_row) return batch;
  std::vector<int64_t> kept;
  for (int64_t row = first_row; row < end_row; ++row) {
    if (next != deleted.rows.end() && *next == row) {
      ++next;
    } else {
      kept.push_back(row - first_row);
    }
  }
  return Take(batch, kept);
}

Result<columnar::Batch> OnlyRows(const columnar::Batch& batch, const DeletedRows& wanted,
                                 int64_t first_row) {
  const auto begin = std::ranges::lower_bound(wanted.rows, first_row);
  const auto end = std::ranges::lower_bound(wanted.rows, first_row + batch->num_rows());
  std::vector<int64_t> kept;
  for (auto row = begin; row != end; ++row) kept.push_back(*row - first_row);
  return Take(batch, kept);
}

}  // namespace oresmith::delta
