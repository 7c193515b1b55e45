#include "command/identity.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "delta/protocol.h"

namespace oresmith::command {
namespace {

constexpr const char* kStart = "delta.identity.start";
constexpr const char* kStep = "delta.identity.step";
constexpr const char* kMark = "delta.identity.highWaterMark";
constexpr const char* kExplicit = "delta.identity.allowExplicitInsert";

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> Note(const types::Field& field, const char* key) {
  return Number(delta::FieldMetadata(field, key));
}

std::optional<int64_t> Sum(int64_t left, int64_t right) {
  int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
  return sum;
}

}  // namespace

Result<std::optional<types::Field>> IdentityField(types::Field field,
                                                  const std::string& generated) {
  // "IDENTITY ALWAYS <start> <step>" or "IDENTITY DEFAULT <start> <step>".
  constexpr std::string_view kAlways = "IDENTITY ALWAYS ";
  constexpr std::string_view kDefault = "IDENTITY DEFAULT ";
  const bool always = generated.starts_with(kAlways);
  if (!always && !generated.starts_with(kDefault)) return std::optional<types::Field>();
  const std::string_view rest =
      std::string_view(generated).substr(always ? kAlways.size() : kDefault.size());
  const size_t blank = std::min(rest.find(' '), rest.size() - 1);
  const auto start = Number(rest.substr(0, blank));
  const int64_t step = Number(rest.substr(blank + 1)).value_or(0);
  if (!start || step == 0) {
    return Fail(ErrorKind::kInvalidInput,
                "column {}: START WITH and INCREMENT BY of an identity column are whole numbers, "
                "and the step is not 0",
                field.name);
  }
  if (!field.type.Is(types::TypeId::kLong)) {
    return Fail(ErrorKind::kInvalidInput, "column {}: an identity column is a BIGINT, not {}",
                field.name, field.type.ToSql());
  }
  field.metadata.emplace_back(kStep, std::to_string(step));
  field.metadata.emplace_back(kExplicit, always ? "false" : "true");
  field.metadata.emplace_back(kStart, std::to_string(*start));
  return std::optional(std::move(field));
}

Result<std::optional<int64_t>> OutermostIdentity(const columnar::Relation& rows, int column,
                                                 const types::Field& field) {
  const bool counts_up = Note(field, kStep).value_or(1) > 0;
  TRY(const auto reader, rows.Open({column}));
  std::optional<int64_t> outermost;
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return outermost;
    const auto& values = static_cast<const arrow::Int64Array&>(*batch->column(0));
    for (int64_t row = 0; row < values.length(); ++row) {
      if (values.IsNull(row)) continue;
      const int64_t value = values.Value(row);
      if (!outermost || (counts_up ? value > *outermost : value < *outermost)) outermost = value;
    }
  }
}

Result<types::Field> SyncedIdentity(types::Field field, std::optional<int64_t> outermost) {
  const std::optional<int64_t> start = Note(field, kStart);
  if (!start) {
    return Fail(ErrorKind::kInvalidInput, "column {} is no identity column", field.name);
  }
  const int64_t step = Note(field, kStep).value_or(1);
  const auto is_beyond = [&](int64_t left, int64_t right) {
    return step > 0 ? left > right : left < right;
  };
  if (!outermost || is_beyond(*start, *outermost)) return field;
  // Wider than what they are: two numbers of 64 bits may lie that far apart.
  using Wide = __int128;
  const Wide distance = Wide{*outermost} - *start;
  const Wide steps = (distance + (step > 0 ? step - 1 : step + 1)) / step;
  const Wide next = Wide{*start} + steps * step;
  const auto mark = static_cast<int64_t>(next);
  if (mark != next) {
    return Fail(ErrorKind::kInvalidInput, "identity column {} has no further values", field.name);
  }
  const std::optional<int64_t> before = Note(field, kMark);
  if (before && !is_beyond(mark, *before)) return field;
  std::erase_if(field.metadata, [](const auto& note) { return note.first == kMark; });
  field.metadata.emplace_back(kMark, std::to_string(mark));
  return field;
}

IdentityColumns::IdentityColumns(std::string table, const delta::Metadata& metadata,
                                 std::vector<bool> given)
    : table_(std::move(table)), metadata_(metadata), given_(std::move(given)) {
  for (size_t i = 0; i < metadata_.schema.size(); ++i) {
    const types::Field& field = metadata_.schema[i];
    const std::optional<int64_t> start = Note(field, kStart);
    if (!start) continue;
    Column column{.index = i,
                  .step = Note(field, kStep).value_or(1),
                  .always = delta::FieldMetadata(field, kExplicit) != "true",
                  .next = start,
                  .last = {}};
    if (const auto mark = Note(field, kMark)) column.next = Sum(*mark, column.step);
    columns_.push_back(column);
  }
}

Result<columnar::Batch> IdentityColumns::Fill(const columnar::Batch& rows) {
  columnar::Batch filled = rows;
  for (Column& column : columns_) {
    const bool given = given_.at(column.index);
    if (given && !column.always) continue;
    const auto& values = *rows->column(static_cast<int>(column.index));
    if (given || (column.always && values.null_count() < values.length())) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "write {}: column {} is GENERATED ALWAYS AS IDENTITY: its values "
                            "cannot be given",
                            table_, metadata_.schema[column.index].name)
                      .WithFix("leave the column out: INSERT INTO t (the other columns) ..."));
    }
    TRY(const auto array, Allot(column, values));
    auto with = filled->SetColumn(static_cast<int>(column.index),
                                  filled->schema()->field(static_cast<int>(column.index)), array);
    if (!with.ok()) {
      return Fail(columnar::FromArrowStatus(with.status(), ErrorKind::kUnavailable, "identity"));
    }
    filled = *with;
  }
  return filled;
}

Result<std::shared_ptr<arrow::Array>> IdentityColumns::Allot(Column& column,
                                                             const arrow::Array& values) {
  const auto& before = static_cast<const arrow::Int64Array&>(values);
  arrow::Int64Builder builder;
  arrow::Status status = builder.Reserve(before.length());
  for (int64_t row = 0; status.ok() && row < before.length(); ++row) {
    if (before.IsValid(row)) {
      builder.UnsafeAppend(before.Value(row));
      continue;
    }
    if (!column.next) {
      return Fail(ErrorKind::kInvalidInput, "write {}: identity column {} has no further values",
                  table_, metadata_.schema[column.index].name);
    }
    column.last = column.next;
    builder.UnsafeAppend(*column.last);
    column.next = Sum(*column.last, column.step);
  }
  std::shared_ptr<arrow::Array> array;
  if (status.ok()) status = builder.Finish(&array);
  if (status.ok()) return array;
  return Fail(columnar::FromArrowStatus(status, ErrorKind::kUnavailable, "identity"));
}

Status IdentityColumns::CheckUpdate() const {
  for (const Column& column : columns_) {
    if (!given_.at(column.index)) continue;
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "update {}: column {} is an identity column: its values stay", table_,
                          metadata_.schema[column.index].name)
                    .WithFix("leave it out of SET"));
  }
  return {};
}

std::optional<delta::Metadata> IdentityColumns::Changed() const {
  std::optional<delta::Metadata> changed;
  for (const Column& column : columns_) {
    if (!column.last) continue;
    if (!changed) changed = metadata_;
    auto& notes = changed->schema[column.index].metadata;
    std::erase_if(notes, [](const auto& note) { return note.first == kMark; });
    notes.emplace_back(kMark, std::to_string(*column.last));
  }
  return changed;
}

}  // namespace oresmith::command
