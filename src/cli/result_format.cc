#include "cli/result_format.h"

#include <algorithm>

#include "cli/text_width.h"
#include "cli/value_text.h"

namespace oresmith::cli {
namespace {

constexpr size_t kChunkBytes = 64 << 10;

/// Collects text and hands it on in chunks.
class Chunks {
 public:
  explicit Chunks(const TextSink& sink) : sink_(sink) {}
  std::string& text() { return text_; }
  Status HandOnIfFull() { return text_.size() < kChunkBytes ? Status() : HandOn(); }
  Status HandOn() {
    if (text_.empty()) return {};
    TRY_DO(sink_(text_));
    text_.clear();
    return {};
  }

 private:
  const TextSink& sink_;
  std::string text_;
};

int64_t CountRows(const std::vector<columnar::Batch>& batches) {
  int64_t rows = 0;
  for (const columnar::Batch& batch : batches) rows += batch->num_rows();
  return rows;
}

/// A value as a table or Markdown cell: one line, nothing that could steer a terminal.
std::string CellText(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return "NULL";
  std::string raw;
  AppendText(array, row, raw);
  std::string text;
  for (const char c : Printable(raw, true)) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else {
      text += c;
    }
  }
  return text;
}

/// Calls `visit(batch, row)` for each row.
template <class Visit>
Status ForEachRow(const std::vector<columnar::Batch>& batches, const Visit& visit) {
  for (const columnar::Batch& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) TRY_DO(visit(*batch, row));
  }
  return {};
}

struct Column {
  std::string title;
  int width = 0;
  bool right = false;
};

std::vector<Column> MeasureColumns(const types::Schema& schema,
                                   const std::vector<columnar::Batch>& batches) {
  std::vector<Column> columns;
  for (const types::Field& field : schema) {
    const std::string title = Printable(field.name, false);
    columns.push_back(Column{title, DisplayWidth(title), field.type.IsNumeric()});
  }
  for (const columnar::Batch& batch : batches) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const arrow::Array& values = *batch->column(static_cast<int>(i));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        columns[i].width = std::max(columns[i].width, DisplayWidth(CellText(values, row)));
      }
    }
  }
  return columns;
}

void AppendTableCell(const Column& column, std::string_view cell, bool last, std::string& text) {
  if (column.right) {
    text += PadLeft(cell, column.width);
  } else {
    text += last ? std::string(cell) : PadRight(cell, column.width);
  }
  if (!last) text += "  ";
}

Status WriteTable(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                  Chunks& chunks) {
  const std::vector<Column> columns = MeasureColumns(schema, batches);
  std::string& text = chunks.text();
  for (size_t i = 0; i < columns.size(); ++i) {
    AppendTableCell(columns[i], columns[i].title, i + 1 == columns.size(), text);
  }
  text += '\n';
  for (size_t i = 0; i < columns.size(); ++i) {
    for (int dash = 0; dash < columns[i].width; ++dash) text += "─";
    if (i + 1 < columns.size()) text += "  ";
  }
  text += '\n';
  TRY_DO(ForEachRow(batches, [&](const arrow::RecordBatch& batch, int64_t row) -> Status {
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string cell = CellText(*batch.column(static_cast<int>(i)), row);
      AppendTableCell(columns[i], cell, i + 1 == columns.size(), text);
    }
    text += '\n';
    return chunks.HandOnIfFull();
  }));
  const int64_t rows = CountRows(batches);
  text += fmt::format("({} {})\n", rows, rows == 1 ? "row" : "rows");
  return {};
}

void AppendCsvField(std::string_view value, std::string& text) {
  if (!value.empty() && value.find_first_of("\",\r\n") == std::string_view::npos) {
    text += value;
    return;
  }
  text += '"';
  for (const char c : value) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

Status WriteCsv(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                Chunks& chunks) {
  std::string& text = chunks.text();
  for (size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) text += ',';
    AppendCsvField(schema[i].name, text);
  }
  text += "\r\n";
  std::string value;
  return ForEachRow(batches, [&](const arrow::RecordBatch& batch, int64_t row) -> Status {
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (i > 0) text += ',';
      if (batch.column(i)->IsNull(row)) continue;
      value.clear();
      AppendText(*batch.column(i), row, value);
      AppendCsvField(value, text);
    }
    text += "\r\n";
    return chunks.HandOnIfFull();
  });
}

Status WriteJson(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                 Chunks& chunks) {
  std::vector<std::string> keys;
  for (const types::Field& field : schema) {
    AppendJsonString(field.name, keys.emplace_back());
    keys.back() += ':';
  }
  std::string& text = chunks.text();
  return ForEachRow(batches, [&](const arrow::RecordBatch& batch, int64_t row) -> Status {
    text += '{';
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i > 0) text += ',';
      text += keys[i];
      AppendJson(*batch.column(static_cast<int>(i)), row, text);
    }
    text += "}\n";
    return chunks.HandOnIfFull();
  });
}

std::string MarkdownCell(std::string_view cell) {
  std::string escaped;
  for (const char c : cell) {
    if (c == '|' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Status WriteMarkdown(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                     Chunks& chunks) {
  std::string& text = chunks.text();
  text += '|';
  for (const types::Field& field : schema) {
    text += fmt::format(" {} |", MarkdownCell(Printable(field.name, false)));
  }
  text += "\n|";
  for (const types::Field& field : schema) text += field.type.IsNumeric() ? " ---: |" : " --- |";
  text += '\n';
  return ForEachRow(batches, [&](const arrow::RecordBatch& batch, int64_t row) -> Status {
    text += '|';
    for (int i = 0; i < batch.num_columns(); ++i) {
      text += fmt::format(" {} |", MarkdownCell(CellText(*batch.column(i), row)));
    }
    text += '\n';
    return chunks.HandOnIfFull();
  });
}

Status WriteRows(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                 ResultFormat format, Chunks& chunks) {
  switch (format) {
    case ResultFormat::kTable:
      return WriteTable(schema, batches, chunks);
    case ResultFormat::kCsv:
      return WriteCsv(schema, batches, chunks);
    case ResultFormat::kJson:
      return WriteJson(schema, batches, chunks);
    case ResultFormat::kMarkdown:
      return WriteMarkdown(schema, batches, chunks);
  }
  return {};
}

}  // namespace

Status WriteResult(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                   ResultFormat format, const TextSink& sink) {
  Chunks chunks(sink);
  TRY_DO(WriteRows(schema, batches, format, chunks));
  return chunks.HandOn();
}

}  // namespace oresmith::cli
