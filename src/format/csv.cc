#include "format/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/csv_text_internal.h"
#include "format/json_reader_internal.h"
#include "format/lines.h"

namespace oresmith::format {

using types::TypeId;

namespace {

// The rows of one chunk while they are made.
struct CsvRows {
  std::vector<Column> columns;
  std::vector<int64_t> mismatched;  // of each column
  int64_t count = 0;
};

class CsvChunkDecoder final : public ChunkDecoder {
 public:
  CsvChunkDecoder(types::Schema schema, CsvOptions options)
      : schema_(std::move(schema)),
        arrow_schema_(columnar::ToArrow(schema_)),
        options_(std::move(options)) {
    for (size_t i = 0; i < schema_.size(); ++i) {
      const std::string& name = schema_[i].name;
      if (name == options_.corrupt_column) {
        corrupt_ = i;
      } else if (!options_.rescued_column.empty() && name == options_.rescued_column) {
        rescued_ = i;
      } else {
        data_.push_back(i);
      }
    }
  }

  const types::Schema& schema() const override { return schema_; }
  bool needs_whole_file() const override { return options_.multi_line; }

  Result<DecodedChunk> Decode(std::string_view chunk, const LinesOrigin& origin) const override {
    if (origin.first_line == 1) chunk = WithoutByteOrderMark(chunk);
    CsvRows rows;
    rows.mismatched.resize(schema_.size());
    for (const types::Field& field : schema_) {
      TRY(Column column, Column::Make(field.type));
      rows.columns.push_back(std::move(column));
    }
    DecodedChunk result;
    CsvRecord record;
    bool skip = options_.header && origin.first_line == 1;
    for (const CsvLine& line : SplitCsv(chunk, options_)) {
      if (!skip) TRY_DO(AddRow(line, origin, record, rows, result));
      skip = false;
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (Column& column : rows.columns) arrays.push_back(arrow::MakeArray(column.Finish()));
    result.batch = arrow::RecordBatch::Make(arrow_schema_, rows.count, std::move(arrays));
    for (const size_t i : data_) {
      result.statistics.fields.push_back({.path = schema_[i].name,
                                          .in_schema = true,
                                          .with = rows.count,
                                          .objects = rows.count,
                                          .mismatched = rows.mismatched[i],
                                          .twin = {}});
    }
    return result;
  }

 private:
  Status AddRow(const CsvLine& line, const LinesOrigin& origin, CsvRecord& record, CsvRows& rows,
                DecodedChunk& result) const {
    ParseCsvRecord(line.text, options_, record);
    std::string reason;
    std::string rescued;
    const bool wrong_count = record.values.size() != data_.size();
    if (wrong_count) {
      reason = fmt::format("{} values, not {}", record.values.size(), data_.size());
    }
    for (size_t i = 0; i < data_.size(); ++i) {
      const CsvValue value =
          i < record.values.size() ? record.values[i] : CsvValue{.text = {}, .is_null = true};
      AddValue(data_[i], value, rows, reason, rescued);
    }
    for (size_t i = data_.size(); i < record.values.size(); ++i) {
      if (rescued_ != kNone) Rescue(fmt::format("_c{}", i), record.values[i].text, rescued);
    }
    const int64_t number = origin.first_line + line.line;
    if (!reason.empty() && options_.mode == ParseMode::kFailFast) {
      return Fail(MakeError(ErrorKind::kBadRecord, "line {}: {}", number, reason)
                      .WithFix("set the option mode to PERMISSIVE to get NULL instead"));
    }
    const bool drop = !reason.empty() && options_.mode == ParseMode::kDropMalformed;
    if (wrong_count || drop) {
      ++result.bad_count;
      if (!drop) ++result.bad_rows;
      if (result.bad.size() < kBadLinesMax) {
        result.bad.push_back({.line = number,
                              .raw = std::string(line.text.substr(0, kBadLineBytesMax)),
                              .reason = reason});
      }
    }
    if (drop) {
      for (const size_t i : data_) rows.columns[i].Truncate(rows.count);
      return {};
    }
    if (corrupt_ != kNone) AddText(rows.columns[corrupt_], line.text, !reason.empty());
    if (rescued_ != kNone) {
      if (!rescued.empty()) Rescue("_file_path", origin.file_uri, rescued);
      AddText(rows.columns[rescued_], rescued.empty() ? "" : rescued + "}", !rescued.empty());
    }
    ++rows.count;
    result.lines.push_back(number);
    return {};
  }

  void AddValue(size_t index, const CsvValue& value, CsvRows& rows, std::string& reason,
                std::string& rescued) const {
    Column& column = rows.columns[index];
    if (value.is_null || value.text == options_.null_value) {
      column.AppendNull();
      return;
    }
    if (AppendCsvValue(column, value.text)) return;
    column.AppendNull();
    ++rows.mismatched[index];
    if (reason.empty()) {
      reason =
          fmt::format("column {}: {} does not fit the type {}", schema_[index].name,
                      ReplaceInvalidUtf8(value.text.substr(0, 60)), schema_[index].type.ToSql());
    }
    if (rescued_ != kNone) Rescue(schema_[index].name, value.text, rescued);
  }

  static void AddText(Column& column, std::string_view text, bool is_there) {
    if (is_there) {
      column.AppendText(ReplaceInvalidUtf8(text));
    } else {
      column.AppendNull();
    }
  }

  static void Rescue(std::string_view name, std::string_view text, std::string& out) {
    out.push_back(out.empty() ? '{' : ',');
    AppendQuotedJson(name, out);
    out.push_back(':');
    AppendQuotedJson(ReplaceInvalidUtf8(text), out);
  }

  static constexpr size_t kNone = SIZE_MAX;

  types::Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  CsvOptions options_;
  size_t corrupt_ = kNone;
  size_t rescued_ = kNone;
  std::vector<size_t> data_;  // the columns that values fill, in order
};

}  // namespace

Result<std::unique_ptr<ChunkDecoder>> MakeCsvChunkDecoder(types::Schema schema,
                                                          CsvOptions options) {
  for (const types::Field& field : schema) {
    const TypeId id = field.type.id();
    const bool known = id == TypeId::kBoolean || id == TypeId::kString || id == TypeId::kDate ||
                       id == TypeId::kTimestamp || id == TypeId::kTimestampNtz ||
                       field.type.IsNumeric();
    if (known) continue;
    return Fail(ErrorKind::kUnsupported, "decode CSV: column {} of type {} cannot be read",
                field.name, field.type.ToSql());
  }
  return std::make_unique<CsvChunkDecoder>(std::move(schema), std::move(options));
}

}  // namespace oresmith::format
