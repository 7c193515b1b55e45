#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>

#include "base/near.h"
#include "connector/files/options_internal.h"
#include "types/text.h"

namespace oresmith::connector {

namespace {

using Setter = std::function<Status(FileSettings&, const std::string&)>;

struct Option {
  std::string_view name;
  Setter set;
};

Result<bool> ParseBool(const std::string& value) {
  if (types::EqualsIgnoringCase(value, "true")) return true;
  if (types::EqualsIgnoringCase(value, "false")) return false;
  return Fail(ErrorKind::kInvalidInput, "{} is neither true nor false", value);
}

Setter Bool(bool FileSettings::*member) {
  return [member](FileSettings& settings, const std::string& value) -> Status {
    TRY(settings.*member, ParseBool(value));
    return {};
  };
}

Setter Text(std::string FileSettings::*member) {
  return [member](FileSettings& settings, const std::string& value) -> Status {
    settings.*member = value;
    return {};
  };
}

Setter CsvText(std::string CsvSettings::*member) {
  return [member](FileSettings& settings, const std::string& value) -> Status {
    settings.csv.*member = value;
    return {};
  };
}

// Spark's own default of an option that is not implemented: naming it changes nothing.
Setter Only(std::string_view allowed) {
  return [allowed](FileSettings&, const std::string& value) -> Status {
    if (types::EqualsIgnoringCase(value, allowed)) return {};
    return Fail(ErrorKind::kUnsupported, "only the value {} is supported yet, not {}", allowed,
                value);
  };
}

Status SetFormat(FileSettings& settings, const std::string& value) {
  constexpr std::array<std::pair<std::string_view, FileFormat>, 4> kFormats{{
      {"json", FileFormat::kJson},
      {"csv", FileFormat::kCsv},
      {"parquet", FileFormat::kParquet},
      {"text", FileFormat::kText},
  }};
  for (const auto& [name, format] : kFormats) {
    if (!types::EqualsIgnoringCase(value, name)) continue;
    settings.format = format;
    return {};
  }
  for (const std::string_view name : {"avro", "orc", "xml", "binaryFile", "delta"}) {
    if (types::EqualsIgnoringCase(value, name)) {
      return Fail(ErrorKind::kUnsupported, "{} files cannot be read yet", name);
    }
  }
  return Fail(ErrorKind::kInvalidInput, "{} is not one of json, csv, parquet, text", value);
}

Status SetSchema(FileSettings& settings, const std::string& value) {
  TRY(settings.schema, types::ParseDdlSchema(value));
  return {};
}

Status SetFilesMax(FileSettings& settings, const std::string& value) {
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, settings.files_max);
  if (parsed.ec == std::errc() && parsed.ptr == end && settings.files_max > 0) return {};
  return Fail(ErrorKind::kInvalidInput, "{} is not a positive number", value);
}

Status SetMode(FileSettings& settings, const std::string& value) {
  TRY(settings.mode, format::ParseModeFromName(value));
  return {};
}

Status SetHeader(FileSettings& settings, const std::string& value) {
  TRY(settings.csv.header, ParseBool(value));
  return {};
}

Status SetSeparator(FileSettings& settings, const std::string& value) {
  settings.csv.separator = value == "\\t" ? "\t" : value;
  if (settings.csv.separator.size() == 1) return {};
  return Fail(ErrorKind::kUnsupported, "a separator must be one ASCII character, not '{}'", value);
}

std::vector<Option> KnownOptions() {
  return {
      {"format", SetFormat},
      {"schema", SetSchema},
      {"schemaHints", Text(&FileSettings::schema_hints)},
      {"maxFilesPerTrigger", SetFilesMax},
      {"inferColumnTypes", Bool(&FileSettings::infer_column_types)},
      {"inferSchema", Bool(&FileSettings::infer_column_types)},
      {"includeExistingFiles", Bool(&FileSettings::include_existing_files)},
      {"ignoreMissingFiles", Bool(&FileSettings::ignore_missing_files)},
      {"pathGlobFilter", Text(&FileSettings::name_pattern)},
      {"fileNamePattern", Text(&FileSettings::name_pattern)},
      {"multiLine", Bool(&FileSettings::multi_line)},
      {"wholeText", Bool(&FileSettings::whole_text)},
      {"mode", SetMode},
      {"columnNameOfCorruptRecord", Text(&FileSettings::corrupt_column)},
      {"rescuedDataColumn", Text(&FileSettings::rescued_column)},
      {"header", SetHeader},
      {"sep", SetSeparator},
      {"delimiter", SetSeparator},
      {"quote", CsvText(&CsvSettings::quote)},
      {"escape", CsvText(&CsvSettings::escape)},
      {"nullValue", CsvText(&CsvSettings::null_value)},
      {"comment", CsvText(&CsvSettings::comment)},
      {"encoding", Only("UTF-8")},
      {"timeZone", Only("UTC")},
      {"recursiveFileLookup", Only("true")},
      {"allowOverwrites", Only("false")},
      {"primitivesAsString", Only("false")},
      {"prefersDecimal", Only("false")},
      {"inferTimestamp", Only("false")},
      {"allowComments", Only("false")},
      {"allowUnquotedFieldNames", Only("false")},
      {"allowSingleQuotes", Only("true")},
      {"allowNumericLeadingZeros", Only("false")},
      {"allowBackslashEscapingAnyCharacter", Only("false")},
      {"allowUnquotedControlChars", Only("false")},
      {"allowNonNumericNumbers", Only("true")},
      {"dropFieldIfAllNull", Only("false")},
      {"ignoreCorruptFiles", Only("false")},
      {"mergeSchema", Only("false")},
      {"partitionColumns", Only("")},
      {"schemaEvolutionMode", Only("none")},
      {"readerCaseSensitive", Only("true")},
      {"samplingRatio", Only("1.0")},
  };
}

// Options that are Spark's or Databricks' and have no meaning here yet.
constexpr std::array<std::string_view, 15> kUnsupportedOptions = {"maxBytesPerTrigger",
                                                                  "modifiedAfter",
                                                                  "modifiedBefore",
                                                                  "useStrictGlobber",
                                                                  "schemaLocation",
                                                                  "dateFormat",
                                                                  "timestampFormat",
                                                                  "timestampNTZFormat",
                                                                  "lineSep",
                                                                  "locale",
                                                                  "singleVariantColumn",
                                                                  "cleanSource",
                                                                  "maxFileAge",
                                                                  "emptyValue",
                                                                  "ignoreLeadingWhiteSpace"};

Error UnknownOption(const std::string& source, const std::string& name,
                    const std::vector<Option>& known) {
  std::vector<std::string> names;
  for (const Option& option : known) names.emplace_back(option.name);
  const std::string nearest = Nearest(name, names);
  Error error = MakeError(ErrorKind::kInvalidInput, "{}: there is no option {}", source, name);
  if (nearest.empty()) return error;
  return std::move(error).WithFix(fmt::format("did you mean {}?", nearest));
}

// The path without file://, made absolute.
Result<std::string> LocalPath(const std::string& text) {
  std::string path = text;
  if (path.starts_with("file:")) {
    path = path.substr(5);
    while (path.starts_with("//")) path.erase(0, 1);
  } else if (path.find("://") != std::string::npos) {
    return Fail(
        MakeError(ErrorKind::kUnsupported, "read_files('{}'): only local files are read yet", text)
            .WithFix("copy the files to a folder, or read them from Kafka"));
  }
  if (path.empty()) return Fail(ErrorKind::kInvalidInput, "read_files(''): the path is empty");
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) {
    return Fail(ErrorKind::kUnavailable, "read_files('{}'): {}", text, error.message());
  }
  std::string result = absolute.lexically_normal().string();
  while (result.size() > 1 && result.ends_with('/')) result.pop_back();
  return result;
}

}  // namespace

std::string DescribeFileSource(const FileSettings& settings) {
  return fmt::format("read_files('{}')", settings.path_text);
}

Result<FileSettings> ParseFileOptions(const FileSourceOptions& options) {
  FileSettings settings;
  settings.path_text = options.path;
  TRY(settings.path, LocalPath(options.path));
  const std::string source = DescribeFileSource(settings);
  const std::vector<Option> known = KnownOptions();
  for (const auto& [name, value] : options.options) {
    // Auto Loader's spelling of the same options.
    std::string_view plain = name;
    if (plain.starts_with("cloudFiles."))
      plain.remove_prefix(std::string_view("cloudFiles.").size());
    const auto same = [&](std::string_view other) {
      return types::EqualsIgnoringCase(plain, other);
    };
    const auto option = std::find_if(known.begin(), known.end(),
                                     [&](const Option& candidate) { return same(candidate.name); });
    if (option == known.end()) {
      if (std::any_of(kUnsupportedOptions.begin(), kUnsupportedOptions.end(), same)) {
        return Fail(ErrorKind::kUnsupported, "{}: the option {} is not supported yet", source,
                    name);
      }
      return Fail(UnknownOption(source, name, known));
    }
    Status status = option->set(settings, value);
    if (!status) {
      return Fail(std::move(status).error().Within(fmt::format("{}: option {}", source, name)));
    }
  }
  if (settings.schema && !settings.schema_hints.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "{}: option schemaHints has no use beside schema", source)
                    .WithFix("change the schema, or leave it out to have it inferred"));
  }
  return settings;
}

Result<FileFormat> FormatOfFile(const FileSettings& settings, const std::string& name) {
  if (settings.format) return *settings.format;
  std::string_view stem = name;
  if (stem.ends_with(".gz")) stem.remove_suffix(3);
  for (const std::string_view extension : {".json", ".jsonl", ".ndjson"}) {
    if (stem.ends_with(extension)) return FileFormat::kJson;
  }
  if (stem.ends_with(".csv")) return FileFormat::kCsv;
  if (stem.ends_with(".parquet")) return FileFormat::kParquet;
  if (stem.ends_with(".txt") || stem.ends_with(".text")) return FileFormat::kText;
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "{}: the format of {} cannot be told from its name",
                        DescribeFileSource(settings), name)
                  .WithFix("add format => 'json' (or csv, parquet, text)"));
}

}  // namespace oresmith::connector
