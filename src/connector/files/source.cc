#include <sys/stat.h>

#include <algorithm>
#include <unordered_map>

#include "connector/files/decoders_internal.h"
#include "connector/files/file_log_internal.h"
#include "connector/files/file_source.h"
#include "connector/files/listing_internal.h"
#include "connector/files/metadata_internal.h"
#include "connector/files/options_internal.h"
#include "connector/files/parquet_files_internal.h"
#include "connector/files/reader_internal.h"
#include "connector/files/seen_files_internal.h"
#include "types/text.h"

namespace oresmith::connector {

namespace {

Result<FileFormat> SettleFormat(const FileSettings& settings, const std::vector<FileEntry>& files) {
  if (settings.format) return *settings.format;
  if (!files.empty()) return FormatOfFile(settings, files.front().path);
  if (!HasGlob(settings.path) && settings.path.find('.') != std::string::npos) {
    const auto by_name = FormatOfFile(settings, settings.path);
    if (by_name) return by_name;
  }
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "{}: the format cannot be told: there is no file yet",
                        DescribeFileSource(settings))
                  .WithFix("add format => 'json' (or csv, parquet, text)"));
}

Result<types::Schema> SettleSchema(const FileSettings& settings, FileFormat format,
                                   const std::vector<FileEntry>& files) {
  if (settings.schema) return *settings.schema;
  if (files.empty() && format != FileFormat::kText) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "{}: cannot infer the columns: there is no file yet",
                          DescribeFileSource(settings))
                    .WithFix("add schema => 'a INT, b STRING', or put a file there first"));
  }
  return InferSchema(settings, format, files);
}

Status CheckNames(const FileSettings& settings, const types::Schema& schema) {
  for (size_t i = 0; i < schema.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (!types::EqualsIgnoringCase(schema[i].name, schema[j].name)) continue;
      return Fail(
          MakeError(ErrorKind::kInvalidInput,
                    "{}: two columns have one name (names differ by more than case): {} and {}",
                    DescribeFileSource(settings), schema[j].name, schema[i].name)
              .WithFix("give a schema that names only one of them"));
    }
  }
  return {};
}

class FileSource final : public Source {
 public:
  FileSource(FileSettings settings, FileFormat format, types::Schema data, bool inferred)
      : settings_(std::move(settings)),
        format_(format),
        data_(std::move(data)),
        inferred_(inferred),
        schema_(data_) {
    schema_.push_back(MetadataField());
  }

  const types::Schema& schema() const override { return schema_; }
  std::string Describe() const override { return DescribeFileSource(settings_); }

  Result<std::optional<Range>> Plan(const Limits& limits) override {
    TRY(std::vector<FileEntry> files, Unseen());
    const bool skip_existing = !settings_.include_existing_files && next_epoch_ == 0;
    if (files.empty() && !skip_existing) return std::nullopt;
    std::vector<LoggedFile> logged;
    Range range;
    for (const FileEntry& file : files) {
      if (!skip_existing && range.units > 0 &&
          (range.units == settings_.files_max || range.bytes + file.size > limits.bytes_max)) {
        break;
      }
      logged.push_back({.path = file.path,
                        .modified_millis = file.modified_micros / 1000,
                        .existing = skip_existing});
      seen_.Add(file.path);
      if (skip_existing) continue;
      ++range.units;
      range.bytes += file.size;
    }
    range.offset_json = WriteOffset(next_epoch_);
    range.log = WriteFileLog(logged, next_epoch_);
    ++next_epoch_;
    return range;
  }

  Status Restore(const Range& range) override {
    Result<std::vector<LoggedFile>> files = ReadFileLog(range.log);
    if (!files) return Fail(std::move(files).error().Within(Describe()));
    Result<int64_t> epoch = ReadOffset(range.offset_json);
    if (!epoch) return Fail(std::move(epoch).error().Within(Describe()));
    for (const LoggedFile& file : *files) seen_.Add(file.path);
    next_epoch_ = std::max(next_epoch_, *epoch + 1);
    return {};
  }

  Result<Reading> Read(const Range& range, const std::vector<int>& columns) override {
    Result<std::vector<LoggedFile>> logged = ReadFileLog(range.log);
    if (!logged) return Fail(std::move(logged).error().Within(Describe()));
    TRY(std::vector<FileEntry> files, Present(*logged));
    for (const int column : columns) {
      ORESMITH_ASSERT(column >= 0 && static_cast<size_t>(column) < schema_.size());
    }
    if (format_ == FileFormat::kParquet) {
      auto rows = std::make_unique<ParquetFilesReader>(data_, columns, std::move(files),
                                                       settings_.ignore_missing_files);
      Reading reading;
      reading.report = rows->report();
      reading.rows = std::move(rows);
      return reading;
    }
    TRY(auto decoder, MakeDecoder(settings_, format_, data_, inferred_));
    const bool whole = decoder->needs_whole_file();
    auto reader = std::make_unique<FileBatchReader>(
        std::move(decoder), columns,
        ChunkReader(std::move(files), whole, settings_.ignore_missing_files, ChunkLimits{}));
    Reading reading;
    reading.report = reader->report();
    reading.rows = std::move(reader);
    return reading;
  }

  Result<int64_t> Backlog() override {
    TRY(const std::vector<FileEntry> files, Unseen());
    return static_cast<int64_t>(files.size());
  }

 private:
  Result<std::vector<FileEntry>> Unseen() const {
    Result<std::vector<FileEntry>> listed = ListFiles(settings_.path, settings_.name_pattern);
    if (!listed) return Fail(std::move(listed).error().Within(Describe()));
    std::erase_if(*listed, [this](const FileEntry& file) { return seen_.Contains(file.path); });
    return listed;
  }

  // Sizes and times of the logged files as they are now.
  Result<std::vector<FileEntry>> Present(const std::vector<LoggedFile>& logged) const {
    std::vector<FileEntry> files;
    for (const LoggedFile& file : logged) {
      if (file.existing) continue;
      FileEntry entry{.path = file.path, .size = 0, .modified_micros = file.modified_millis * 1000};
      struct stat info {};
      // One that is gone is reported when its turn comes, by ChunkReader.
      if (stat(file.path.c_str(), &info) == 0) entry.size = info.st_size;
      files.push_back(std::move(entry));
    }
    return files;
  }

  FileSettings settings_;
  FileFormat format_;
  types::Schema data_;
  bool inferred_;
  types::Schema schema_;
  SeenFiles seen_;
  int64_t next_epoch_ = 0;
};

/// Where columns are inferred, Spark takes more of them from folders named `key=value`.
Status CheckPartitionFolders(const FileSourceOptions& options, const FileSettings& settings,
                             const std::vector<FileEntry>& files) {
  const bool decided = std::any_of(
      options.options.begin(), options.options.end(),
      [](auto& option) { return types::EqualsIgnoringCase(option.first, "partitionColumns"); });
  if (settings.schema || decided) return {};
  const size_t fixed = std::min(settings.path.find_first_of("*?[{"), settings.path.size());
  for (const FileEntry& file : files) {
    if (file.path.size() <= fixed) continue;
    const std::string_view below = std::string_view(file.path).substr(fixed);
    const std::string_view folders = below.substr(0, below.rfind('/') + 1);
    if (folders.find('=') == std::string_view::npos) continue;
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "{}: columns from folders named key=value are not read yet: {}",
                          DescribeFileSource(settings), file.path)
                    .WithFix("give partitionColumns => '' to go without them, or a schema"));
  }
  return {};
}

}  // namespace

Result<types::Schema> InferFileSchema(const FileSourceOptions& options) {
  TRY(const FileSettings settings, ParseFileOptions(options));
  Result<std::vector<FileEntry>> files = ListFiles(settings.path, settings.name_pattern);
  if (!files) return Fail(std::move(files).error().Within(DescribeFileSource(settings)));
  TRY_DO(CheckPartitionFolders(options, settings, *files));
  TRY(const FileFormat format, SettleFormat(settings, *files));
  TRY(types::Schema schema, SettleSchema(settings, format, *files));
  TRY_DO(CheckNames(settings, schema));
  return schema;
}

Result<std::unique_ptr<Source>> MakeFileSource(FileSourceOptions options) {
  TRY(FileSettings settings, ParseFileOptions(options));
  Result<std::vector<FileEntry>> files = ListFiles(settings.path, settings.name_pattern);
  if (!files) return Fail(std::move(files).error().Within(DescribeFileSource(settings)));
  TRY_DO(CheckPartitionFolders(options, settings, *files));
  TRY(const FileFormat format, SettleFormat(settings, *files));
  const bool inferred = !settings.schema;
  types::Schema schema;
  if (inferred && options.stored_schema) {
    schema = *std::move(options.stored_schema);
  } else {
    TRY(schema, SettleSchema(settings, format, *files));
  }
  TRY_DO(CheckNames(settings, schema));
  // Says now, before any data moves, what reading would.
  if (format != FileFormat::kParquet) {
    TRY_DO(MakeDecoder(settings, format, schema, inferred));
  }
  return std::make_unique<FileSource>(std::move(settings), format, std::move(schema), inferred);
}

}  // namespace oresmith::connector
