#include <arrow/array.h>
#include <fmt/format.h>

#include <filesystem>

#include "connector/files/file_log_internal.h"
#include "connector/files/file_source.h"
#include "format/json_decoder.h"
#include "format/lines.h"

namespace oresmith::connector {

namespace {

bool IsEscapedInUri(unsigned char c) {
  return c <= 0x20 || c == 0x7F ||
         std::string_view("\"#%<>?[\\]^`{|}").find(static_cast<char>(c)) != std::string_view::npos;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// A URI has neither quotes nor control characters, but bytes that are not UTF-8 are left as they
// are, as JSON text that another program would refuse; Linux allows such names.
std::string Quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

Result<std::shared_ptr<arrow::StructArray>> ParseLines(std::string_view ddl,
                                                       const std::vector<std::string_view>& lines) {
  TRY(types::Schema schema, types::ParseDdlSchema(ddl));
  format::JsonOptions options = format::JsonOptions::ForFunction();
  options.mode = format::ParseMode::kFailFast;
  TRY(const format::JsonDecoder decoder,
      format::JsonDecoder::Make(types::Type::Struct(std::move(schema)), std::move(options)));
  Result<format::JsonRows> rows = decoder.DecodeRows(lines, {.first_line = 2, .file_uri = {}});
  if (!rows) return Fail(ErrorKind::kCorrupt, "{}", rows.error().message);
  return rows->rows;
}

}  // namespace

std::string ToFileUri(std::string_view path) {
  std::string uri = "file://";
  for (const char c : path) {
    if (IsEscapedInUri(static_cast<unsigned char>(c))) {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri.push_back(c);
    }
  }
  return uri;
}

Result<std::string> FromFileUri(std::string_view uri) {
  if (!uri.starts_with("file:")) {
    return Fail(ErrorKind::kCorrupt, "{} is not the URI of a local file", uri);
  }
  uri.remove_prefix(5);
  while (uri.starts_with("//")) uri.remove_prefix(1);
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && HexValue(uri[i + 1]) >= 0 &&
        HexValue(uri[i + 2]) >= 0) {
      path.push_back(static_cast<char>(HexValue(uri[i + 1]) * 16 + HexValue(uri[i + 2])));
      i += 2;
    } else {
      path.push_back(uri[i]);
    }
  }
  return path;
}

std::string WriteFileLog(const std::vector<LoggedFile>& files, int64_t epoch) {
  std::string log = "v1";
  for (const LoggedFile& file : files) {
    log += fmt::format("\n{{\"path\":{},\"timestamp\":{},\"batchId\":{}{}}}",
                       Quoted(ToFileUri(file.path)), file.modified_millis, epoch,
                       file.existing ? ",\"existing\":true" : "");
  }
  return log;
}

Result<std::vector<LoggedFile>> ReadFileLog(std::string_view log) {
  std::vector<std::string_view> lines = format::SplitLines(log);
  if (lines.empty() || lines[0] != "v1") {
    return Fail(ErrorKind::kCorrupt, "file log: the first line is not v1");
  }
  lines.erase(lines.begin());
  auto rows = ParseLines("path STRING, timestamp BIGINT, existing BOOLEAN", lines);
  if (!rows) return Fail(std::move(rows).error().Within("file log"));
  const auto& paths = static_cast<const arrow::StringArray&>(*(*rows)->field(0));
  const auto& times = static_cast<const arrow::Int64Array&>(*(*rows)->field(1));
  const auto& existing = static_cast<const arrow::BooleanArray&>(*(*rows)->field(2));
  std::vector<LoggedFile> files;
  for (int64_t i = 0; i < paths.length(); ++i) {
    if (paths.IsNull(i) || times.IsNull(i)) {
      return Fail(ErrorKind::kCorrupt, "file log: line {} has no path or no timestamp", i + 2);
    }
    TRY(std::string path, FromFileUri(paths.GetView(i)));
    files.push_back({.path = std::move(path),
                     .modified_millis = times.Value(i),
                     .existing = existing.IsValid(i) && existing.Value(i)});
  }
  return files;
}

Result<FileCount> CountLoggedFiles(std::string_view log) {
  TRY(const std::vector<LoggedFile> files, ReadFileLog(log));
  FileCount count;
  for (const LoggedFile& file : files) {
    if (file.existing) continue;  // noted, and never read
    ++count.files;
    std::error_code error;
    if (!std::filesystem::exists(file.path, error)) ++count.gone;
  }
  return count;
}

std::string WriteOffset(int64_t epoch) { return fmt::format("{{\"logOffset\":{}}}", epoch); }

Result<int64_t> ReadOffset(std::string_view json) {
  auto rows = ParseLines("logOffset BIGINT", {json});
  if (!rows) return Fail(std::move(rows).error().Within("offset of a file source"));
  const auto& offsets = static_cast<const arrow::Int64Array&>(*(*rows)->field(0));
  if (offsets.length() != 1 || offsets.IsNull(0)) {
    return Fail(ErrorKind::kCorrupt, "offset of a file source: {} has no logOffset", json);
  }
  return offsets.Value(0);
}

}  // namespace oresmith::connector
