#include <arrow/util/bit_util.h>

#include "columnar/batch.h"
#include "format/column_internal.h"

namespace oresmith::format {

using types::TypeId;

namespace {

int WidthOf(const types::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kByte:
      return 1;
    case TypeId::kShort:
      return 2;
    case TypeId::kInt:
    case TypeId::kFloat:
    case TypeId::kDate:
      return 4;
    case TypeId::kLong:
    case TypeId::kDouble:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return 8;
    case TypeId::kDecimal:
      return 16;
    default:
      return 0;
  }
}

std::shared_ptr<arrow::Buffer> PackBits(const uint8_t* flags, int64_t count) {
  Growable<uint8_t> bits;
  bits.AppendCopies(0, arrow::bit_util::BytesForBits(count));
  for (int64_t i = 0; i < count; ++i) {
    if (flags[i] != 0) arrow::bit_util::SetBit(bits.data(), i);
  }
  return bits.Finish();
}

}  // namespace

Result<Column> Column::Make(const types::Type& type) {
  Column column;
  column.id = type.id();
  column.width = WidthOf(type);
  if (type.Is(TypeId::kDecimal)) {
    column.precision = type.precision();
    column.scale = type.scale();
  }
  switch (type.id()) {
    case TypeId::kVariant:
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
      return Fail(ErrorKind::kUnsupported, "decode: a field of type {} cannot be read yet",
                  type.ToSql());
    case TypeId::kString:
    case TypeId::kBinary:
      column.offsets.Push(0);
      break;
    case TypeId::kArray: {
      column.offsets.Push(0);
      TRY(Column element, Make(type.element()));
      column.children.push_back(std::move(element));
      break;
    }
    case TypeId::kMap: {
      column.offsets.Push(0);
      if (!type.key().Is(TypeId::kString)) {
        return Fail(ErrorKind::kUnsupported, "decode: a MAP's key must be STRING here, not {}",
                    type.key().ToSql());
      }
      TRY(Column key, Make(type.key()));
      TRY(Column value, Make(type.value()));
      column.children.push_back(std::move(key));
      column.children.push_back(std::move(value));
      break;
    }
    case TypeId::kStruct:
      for (const types::Field& field : type.fields()) {
        TRY(Column child, Make(field.type));
        column.children.push_back(std::move(child));
      }
      break;
    default:
      break;
  }
  column.arrow_type = columnar::ToArrow(type);
  return column;
}

void Column::AppendNull() {
  if (valid.size() == 0) valid.AppendCopies(1, length);
  valid.Push(0);
  ++null_count;
  ++length;
  if (width != 0) {
    bytes.AppendCopies(0, width);
    return;
  }
  if (id == TypeId::kStruct) {
    for (Column& child : children) child.AppendNull();
    return;
  }
  if (offsets.size() != 0) offsets.Push(offsets[offsets.size() - 1]);
}

void Column::Truncate(int64_t new_length) {
  if (new_length == length && id != TypeId::kStruct) {
    // A list or string that failed half-way has values beyond its last offset.
    if (offsets.size() == 0) return;
  }
  for (int64_t i = new_length; i < valid.size(); ++i) null_count -= valid[i] == 0 ? 1 : 0;
  if (valid.size() > new_length) valid.Truncate(new_length);
  length = new_length;
  if (width != 0) {
    bytes.Truncate(new_length * width);
    return;
  }
  if (id == TypeId::kStruct) {
    for (Column& child : children) {
      // A struct that failed half-way has children of the old and of the new length.
      child.Truncate(std::min(child.length, new_length));
    }
    return;
  }
  if (offsets.size() == 0) return;
  offsets.Truncate(new_length + 1);
  const int64_t end = offsets[new_length];
  if (children.empty()) {
    bytes.Truncate(end);
    return;
  }
  for (Column& child : children) child.Truncate(std::min(child.length, end));
}

std::shared_ptr<arrow::ArrayData> Column::Finish() {
  std::shared_ptr<arrow::Buffer> validity;
  if (id == TypeId::kVoid) {
    return arrow::ArrayData::Make(arrow_type, length, {nullptr}, length);
  }
  if (null_count != 0) validity = PackBits(valid.data(), length);
  std::vector<std::shared_ptr<arrow::Buffer>> buffers{std::move(validity)};
  std::vector<std::shared_ptr<arrow::ArrayData>> parts;
  switch (id) {
    case TypeId::kBoolean:
      buffers.push_back(PackBits(bytes.data(), length));
      break;
    case TypeId::kString:
    case TypeId::kBinary:
      buffers.push_back(offsets.Finish());
      buffers.push_back(bytes.Finish());
      break;
    case TypeId::kArray:
      buffers.push_back(offsets.Finish());
      parts.push_back(children[0].Finish());
      break;
    case TypeId::kMap: {
      buffers.push_back(offsets.Finish());
      const auto entries_type = arrow_type->field(0)->type();
      const int64_t entries = children[0].length;
      parts.push_back(arrow::ArrayData::Make(entries_type, entries, {nullptr},
                                             {children[0].Finish(), children[1].Finish()}, 0));
      break;
    }
    case TypeId::kStruct:
      for (Column& child : children) parts.push_back(child.Finish());
      break;
    default:
      buffers.push_back(bytes.Finish());
      break;
  }
  return arrow::ArrayData::Make(arrow_type, length, std::move(buffers), std::move(parts),
                                null_count);
}

}  // namespace oresmith::format
