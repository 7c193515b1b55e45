#include "connector/files/file_source.h"

#include <arrow/array.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <numeric>
#include <thread>

#include "unit/connector/files/temp_folder.h"
#include "unit/format/show.h"

namespace oresmith::connector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Options = std::map<std::string, std::string>;

std::unique_ptr<Source> Make(const std::string& path, Options options) {
  auto source = MakeFileSource({.path = path, .options = std::move(options), .stored_schema = {}});
  EXPECT_TRUE(source.has_value()) << (source ? "" : source.error().message);
  return source ? std::move(*source) : nullptr;
}

Error ErrorOf(const std::string& path, Options options) {
  auto source = MakeFileSource({.path = path, .options = std::move(options), .stored_schema = {}});
  EXPECT_FALSE(source.has_value());
  return source ? Error{} : source.error();
}

struct Rows {
  std::vector<std::string> rows;
  ReadReport report;
  std::optional<Error> error;
};

// Reads a range; each row as {column, ...}, without _metadata unless `columns` says so.
Rows Read(Source& source, const Range& range, std::vector<int> columns) {
  if (columns.empty()) {
    columns.resize(source.schema().size() - 1);
    std::iota(columns.begin(), columns.end(), 0);
  }
  Rows result;
  Result<Reading> reading = source.Read(range, columns);
  if (!reading) {
    result.error = reading.error();
    return result;
  }
  for (;;) {
    Result<columnar::Batch> batch = reading->rows->Next();
    if (!batch) {
      result.error = batch.error();
      return result;
    }
    if (*batch == nullptr) break;
    EXPECT_TRUE((*batch)->ValidateFull().ok());
    EXPECT_GT((*batch)->num_rows(), 0);
    const auto all = (*batch)->ToStructArray();
    for (std::string& row : format::ShowAll(**all)) result.rows.push_back(std::move(row));
  }
  result.report = *reading->report;
  return result;
}

Rows ReadNext(Source& source) {
  Result<std::optional<Range>> range = source.Plan(Limits{});
  if (!range) return {.rows = {}, .report = {}, .error = range.error()};
  if (!*range) return {};
  return Read(source, **range, {});
}

TEST(FileSource, ReadsEachFileOnceInTheOrderOfItsTime) {
  TempFolder folder;
  folder.Write("b.json", "{\"a\":1}\n");
  folder.Write("sub/a.json", "{\"a\":2}\n{\"a\":3}\n");
  const auto source = Make(folder.path(), {{"format", "json"}, {"schema", "a INT"}});
  EXPECT_THAT(ReadNext(*source).rows, ElementsAre("{1}", "{2}", "{3}"));
  EXPECT_THAT(ReadNext(*source).rows, IsEmpty());
  folder.Write("c.json", "{\"a\":4}");
  folder.Write("b.json", "{\"a\":1}\n{\"a\":9}\n");
  EXPECT_THAT(ReadNext(*source).rows, ElementsAre("{4}"));
}

TEST(FileSource, FilesThatAreBeingWrittenAreLeftAlone) {
  TempFolder folder;
  folder.Write(".hidden.json", "{\"a\":1}");
  folder.Write("_part.json", "{\"a\":2}");
  folder.Write("c.json.tmp", "{\"a\":3}");
  folder.Write("_tmp/d.json", "{\"a\":4}");
  folder.Write("e.json", "{\"a\":5}");
  const auto source = Make(folder.path(), {{"format", "json"}, {"schema", "a INT"}});
  EXPECT_THAT(ReadNext(*source).rows, ElementsAre("{5}"));
}

TEST(FileSource, MetadataTellsWhereARowCameFrom) {
  TempFolder folder;
  folder.Write("my file.json", "{\"a\":1}\n\n{\"a\":2}\n");
  const auto source = Make(folder.path(), {{"schema", "a INT"}});
  ASSERT_EQ(source->schema().back().name, "_metadata");
  const auto range = source->Plan(Limits{});
  ASSERT_TRUE(range.has_value() && *range);
  const std::string start = "{1, {file:" + folder.path() + "/my%20file.json, my%20file.json, 17, " +
                            "2023-11-14 22:13:21.000000Z, 0, 17, 1}}";
  EXPECT_THAT(Read(*source, **range, {0, 1}).rows, ElementsAre(start, HasSubstr(", 0, 17, 3}}")));
  EXPECT_THAT(Read(*source, **range, {1}).rows,
              ElementsAre(HasSubstr(", 1}}"), HasSubstr(", 3}}")));
}

TEST(FileSource, ARangeIsLoggedInSparksLayoutAndReadAgainAfterARestart) {
  TempFolder folder;
  folder.Write("a b.json", "{\"a\":1}");
  const Options options{{"format", "json"}, {"schema", "a INT"}};
  const auto first = Make(folder.path(), options);
  const auto range = first->Plan(Limits{});
  ASSERT_TRUE(range.has_value() && *range);
  EXPECT_EQ((*range)->offset_json, R"({"logOffset":0})");
  EXPECT_EQ((*range)->log, "v1\n{\"path\":\"file://" + folder.path() +
                               "/a%20b.json\",\"timestamp\":1700000001000,\"batchId\":0}");
  EXPECT_EQ((*range)->units, 1);
  EXPECT_EQ((*range)->bytes, 7);

  folder.Write("c.json", "{\"a\":2}");
  const auto second = Make(folder.path(), options);
  ASSERT_TRUE(second->Restore(**range).has_value());
  EXPECT_THAT(Read(*second, **range, {}).rows, ElementsAre("{1}"));
  EXPECT_EQ(*second->Backlog(), 1);
  const auto next = second->Plan(Limits{});
  ASSERT_TRUE(next.has_value() && *next);
  EXPECT_EQ((*next)->offset_json, R"({"logOffset":1})");
  EXPECT_THAT(Read(*second, **next, {}).rows, ElementsAre("{2}"));
}

TEST(FileSource, ADamagedLogIsCorrupt) {
  TempFolder folder;
  const auto source = Make(folder.path(), {{"format", "text"}});
  for (const std::string log :
       {"", "v2\n", "v1\nnonsense", "v1\n{\"path\":\"s3://a\",\"timestamp\":1}"}) {
    const Status status = source->Restore({.offset_json = R"({"logOffset":0})", .log = log});
    ASSERT_FALSE(status.has_value()) << log;
    EXPECT_EQ(status.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(FileSource, AnEpochIsLimitedByFilesAndBytes) {
  TempFolder folder;
  for (const char* name : {"1", "2", "3", "4", "5"}) folder.Write(name, "12345\n");
  const auto two = Make(folder.path(), {{"format", "text"}, {"maxFilesPerTrigger", "2"}});
  EXPECT_EQ((**two->Plan(Limits{})).units, 2);
  EXPECT_EQ(*two->Backlog(), 3);
  const auto small = Make(folder.path(), {{"format", "text"}});
  EXPECT_EQ((**small->Plan({.bytes_max = 18})).units, 3);
  EXPECT_EQ((**small->Plan({.bytes_max = 1})).units, 1);
}

// Spark makes columns of such folders; leaving them out without a word would be another table.
TEST(FileSource, PartitionFoldersAreRefusedWhereColumnsAreInferred) {
  TempFolder folder;
  folder.Write("day=2026-11-21/a.json", "{\"a\":1}");
  const FileSourceOptions options{folder.path(), {{"format", "json"}}, {}};
  const auto source = MakeFileSource(options);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(source.error().fix, HasSubstr("partitionColumns => ''"));
  for (const auto& [name, value] : Options{{"partitionColumns", ""}, {"schema", "a INT"}}) {
    FileSourceOptions decided = options;
    decided.options[name] = value;
    EXPECT_TRUE(MakeFileSource(decided)) << name;
  }
}

TEST(FileSource, PathsMayBeGlobsFilesAndUris) {
  TempFolder folder;
  folder.Write("2024/x/a.json", "{\"a\":1}");
  folder.Write("2024/y/b.jsonl", "{\"a\":2}");
  folder.Write("2025/x/c.json", "{\"a\":3}");
  const Options options{{"format", "json"}, {"schema", "a INT"}};
  EXPECT_THAT(ReadNext(*Make(folder.At("2024/*/*.json"), options)).rows, ElementsAre("{1}"));
  EXPECT_THAT(ReadNext(*Make(folder.At("202[45]/x"), options)).rows, ElementsAre("{1}", "{3}"));
  EXPECT_THAT(ReadNext(*Make(folder.At("{2024/y,2025/x}/?.json{,l}"), options)).rows,
              ElementsAre("{2}", "{3}"));
  EXPECT_THAT(ReadNext(*Make("file://" + folder.At("2025/x/c.json"), options)).rows,
              ElementsAre("{3}"));
  EXPECT_THAT(ReadNext(*Make(folder.At("nothing*"), options)).rows, IsEmpty());
  Options pattern = options;
  pattern["pathGlobFilter"] = "*.jsonl";
  EXPECT_THAT(ReadNext(*Make(folder.path(), pattern)).rows, ElementsAre("{2}"));
}

TEST(FileSource, ExistingFilesCanBeLeftOut) {
  TempFolder folder;
  folder.Write("old", "old");
  const Options options{{"format", "text"}, {"includeExistingFiles", "false"}};
  const auto source = Make(folder.path(), options);
  const auto start = source->Plan(Limits{});
  ASSERT_TRUE(start.has_value() && *start);
  EXPECT_THAT(Read(*source, **start, {}).rows, IsEmpty());
  folder.Write("new", "new");
  EXPECT_THAT(ReadNext(*source).rows, ElementsAre("{new}"));
  const auto restarted = Make(folder.path(), options);
  ASSERT_TRUE(restarted->Restore(**start).has_value());
  EXPECT_THAT(ReadNext(*restarted).rows, ElementsAre("{new}"));
}

TEST(FileSource, NoSuchFolderIsToldWithAWayOut) {
  TempFolder folder;
  const Error error = ErrorOf(folder.At("none"), {{"format", "json"}, {"schema", "a INT"}});
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_THAT(error.message, AllOf(HasSubstr("none"), HasSubstr("no such folder")));
  EXPECT_THAT(error.fix, HasSubstr("create the folder"));
}

TEST(FileSource, AnEmptyFolderNeedsASchemaToStart) {
  TempFolder folder;
  EXPECT_THAT(ReadNext(*Make(folder.path(), {{"format", "json"}, {"schema", "a INT"}})).rows,
              IsEmpty());
  const Error no_schema = ErrorOf(folder.path(), {{"format", "json"}});
  EXPECT_EQ(no_schema.kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(no_schema.message, HasSubstr("cannot infer"));
  EXPECT_THAT(ErrorOf(folder.path(), {}).fix, HasSubstr("add format"));
  const auto stored = MakeFileSource({.path = folder.path(),
                                      .options = {{"format", "json"}},
                                      .stored_schema = *types::ParseDdlSchema("a INT")});
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ((*stored)->schema().front().name, "a");
}

TEST(FileSource, UnknownOptionsNameTheNearestKnownOne) {
  TempFolder folder;
  const Error unknown = ErrorOf(folder.path(), {{"format", "text"}, {"maxFilePerTrigger", "1"}});
  EXPECT_EQ(unknown.kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(unknown.message, HasSubstr("no option maxFilePerTrigger"));
  EXPECT_THAT(unknown.fix, HasSubstr("did you mean maxFilesPerTrigger?"));
  EXPECT_THAT(ErrorOf(folder.path(), {{"format", "jsn"}}).message, HasSubstr("option format: jsn"));
  EXPECT_EQ(ErrorOf(folder.path(), {{"format", "avro"}}).kind, ErrorKind::kUnsupported);
  EXPECT_EQ(ErrorOf(folder.path(), {{"dateFormat", "yyyy"}}).kind, ErrorKind::kUnsupported);
  EXPECT_EQ(ErrorOf("s3://bucket/x", {{"format", "text"}}).kind, ErrorKind::kUnsupported);
  EXPECT_THAT(ErrorOf(folder.path(), {{"format", "text"}, {"multiLine", "yes"}}).message,
              HasSubstr("option multiLine: yes is neither true nor false"));
}

TEST(FileSource, BadRecordsKeepARowAndAreReportedWithFileAndLine) {
  TempFolder folder;
  folder.Write("a.json", "{\"a\":1}\nnot json\n{\"a\":\"x\"}\n{\"a\":2}\n{\"a\":3");
  const auto source = Make(folder.path(), {{"schema", "a INT, _corrupt_record STRING"}});
  const Rows read = ReadNext(*source);
  EXPECT_THAT(read.rows, ElementsAre("{1, null}", "{null, not json}", R"({null, {"a":"x"}})",
                                     "{2, null}", R"({null, {"a":3})"));
  EXPECT_EQ(read.report.bad_count, 2);
  EXPECT_EQ(read.report.records, 3);
  ASSERT_EQ(read.report.bad_records.size(), 2U);
  EXPECT_EQ(read.report.bad_records[0].file, folder.At("a.json"));
  EXPECT_EQ(read.report.bad_records[0].line, 2);
  EXPECT_EQ(read.report.bad_records[0].raw, "not json");
  EXPECT_EQ(read.report.bad_records[1].line, 5);
  EXPECT_EQ(read.report.bad_records[1].reason, "the document ends too early");
}

TEST(FileSource, ModesDropOrFail) {
  TempFolder folder;
  folder.Write("a.json", "{\"a\":1}\nnot json\n{\"a\":2}\n");
  Options options{{"schema", "a INT"}, {"mode", "dropmalformed"}};
  const Rows dropped = ReadNext(*Make(folder.path(), options));
  EXPECT_THAT(dropped.rows, ElementsAre("{1}", "{2}"));
  EXPECT_EQ(dropped.report.bad_count, 1);
  EXPECT_EQ(dropped.report.records, 2);
  options["mode"] = "FAILFAST";
  const Rows failed = ReadNext(*Make(folder.path(), options));
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_THAT(failed.error->message, AllOf(HasSubstr("a.json"), HasSubstr("line 2")));
}

TEST(FileSource, AMisspeltFieldIsTold) {
  TempFolder folder;
  folder.Write("a.json", "{\"id\":1,\"line_iems\":[]}\n{\"id\":2,\"line_iems\":[1]}\n");
  const auto source = Make(folder.path(), {{"schema", "id INT, line_items ARRAY<INT>"}});
  const Rows read = ReadNext(*source);
  const auto& fields = read.report.fields.fields;
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].with, 2);
  EXPECT_EQ(fields[1].path, "line_items");
  EXPECT_TRUE(fields[1].in_schema);
  EXPECT_EQ(fields[1].with, 0);
  EXPECT_EQ(fields[1].objects, 2);
  EXPECT_EQ(fields[2].path, "line_iems");
  EXPECT_FALSE(fields[2].in_schema);
  EXPECT_EQ(fields[2].with, 2);
  EXPECT_EQ(fields[2].twin, "line_items");
}

TEST(FileSource, AVanishedFileStopsUnlessThatIsAllowed) {
  TempFolder folder;
  folder.Write("a", "one");
  folder.Write("b", "two");
  Options options{{"format", "text"}};
  const auto strict = Make(folder.path(), options);
  options["ignoreMissingFiles"] = "true";
  const auto lenient = Make(folder.path(), options);
  const auto range = strict->Plan(Limits{});
  std::filesystem::remove(folder.At("a"));
  const Rows failed = Read(*strict, **range, {});
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_EQ(failed.error->kind, ErrorKind::kNotFound);
  EXPECT_THAT(failed.error->message, HasSubstr(folder.At("a")));
  EXPECT_THAT(failed.error->fix, HasSubstr("ignoreMissingFiles"));
  EXPECT_THAT(Read(*lenient, **range, {}).rows, ElementsAre("{two}"));
}

TEST(FileSource, MultiLineReadsAFileAsOneDocument) {
  TempFolder folder;
  folder.Write("a.json", "[{\"a\":\n1},\n{\"a\":2}]\n");
  folder.Write("b.json", "{\"a\":3}\n{\"a\":4}\n");
  folder.Write("c.json", "");
  const auto source = Make(folder.path(), {{"schema", "a INT"}, {"multiLine", "true"}});
  EXPECT_THAT(ReadNext(*source).rows, ElementsAre("{1}", "{2}", "{3}"));
}

TEST(FileSource, TextGivesALinePerRow) {
  TempFolder folder;
  folder.Write("a.txt",
               "a\r\nb\n\nc\xFF\xE2\x82"
               "d\rE\nlast");
  EXPECT_THAT(ReadNext(*Make(folder.path(), {})).rows, ElementsAre("{a}", "{b}", "{}",
                                                                   "{c\xEF\xBF\xBD\xEF\xBF\xBD"
                                                                   "d}",
                                                                   "{E}", "{last}"));
  EXPECT_THAT(ErrorOf(folder.path(), {{"schema", "a INT"}}).message,
              HasSubstr("one column of type STRING"));
}

TEST(FileSource, AByteOrderMarkAndBlankLinesAreNoRecords) {
  TempFolder folder;
  folder.Write("a.json", "\xEF\xBB\xBF{\"a\":1}\r\n\r\n  \n{\"a\":2}\n");
  EXPECT_THAT(ReadNext(*Make(folder.path(), {{"schema", "a INT"}})).rows,
              ElementsAre("{1}", "{2}"));
}

void WriteGzip(const std::string& path, std::string_view content) {
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(gzwrite(file, content.data(), static_cast<unsigned>(content.size())),
            static_cast<int>(content.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
}

TEST(FileSource, GzipIsDecompressedAndACutOneIsCorrupt) {
  TempFolder folder;
  std::string lines;
  for (int i = 0; i < 10000; ++i) lines += "{\"a\":" + std::to_string(i) + "}\n";
  WriteGzip(folder.At("a.json.gz"), lines);
  const auto source = Make(folder.path(), {{"schema", "a INT"}});
  const auto range = source->Plan(Limits{});
  EXPECT_EQ(Read(*source, **range, {}).rows.size(), 10000U);
  std::filesystem::resize_file(folder.At("a.json.gz"), 5000);
  const Rows cut = Read(*source, **range, {});
  ASSERT_TRUE(cut.error.has_value());
  EXPECT_EQ(cut.error->kind, ErrorKind::kCorrupt);
}

TEST(FileSource, AHundredMegabyteLineIsOneRecord) {
  TempFolder folder;
  std::string line = "{\"a\":1,\"pad\":[";
  const std::string item = "\"" + std::string(1022, 'x') + "\",";
  while (line.size() < (100U << 20)) line += item;
  line += "0],\"b\":2}\n{\"a\":3}\n";
  folder.Write("a.json", line);
  const Rows read = ReadNext(*Make(folder.path(), {{"schema", "a INT, b INT"}}));
  EXPECT_THAT(read.rows, ElementsAre("{1, 2}", "{3, null}"));
}

// Lines that lie across the chunks' borders, and chunks of more rows than a batch may have.
TEST(FileSource, ManyThreadsReadEachRowOnce) {
  TempFolder folder;
  std::string lines;
  for (int i = 0; i < 400000; ++i) lines += "{\"a\":" + std::to_string(i) + "}\r\n";
  folder.Write("a.json", lines);
  folder.Write("b.json", "{\"a\":400000}");
  const auto source = Make(folder.path(), {{"schema", "a INT"}});
  const auto range = source->Plan(Limits{});
  Result<Reading> reading = source->Read(**range, {0, 1});
  ASSERT_TRUE(reading.has_value());
  std::vector<int> seen(400001);
  std::mutex mutex;
  const auto drain = [&] {
    for (;;) {
      const Result<columnar::Batch> batch = reading->rows->Next();
      ASSERT_TRUE(batch.has_value());
      if (*batch == nullptr) return;
      EXPECT_LE((*batch)->num_rows(), 32768);
      const auto& values = static_cast<const arrow::Int32Array&>(*(*batch)->column(0));
      const auto& metadata = static_cast<const arrow::StructArray&>(*(*batch)->column(1));
      const auto& file_lines = static_cast<const arrow::Int64Array&>(*metadata.field(6));
      const std::scoped_lock lock(mutex);
      for (int64_t i = 0; i < values.length(); ++i) {
        ++seen[static_cast<size_t>(values.Value(i))];
        const int64_t line = values.Value(i) == 400000 ? 1 : values.Value(i) + 1;
        ASSERT_EQ(file_lines.Value(i), line);
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(drain);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 400001);
  EXPECT_EQ(reading->report->records, 400001);
}

std::string InferredDdl(const std::string& path, Options options) {
  const auto schema =
      InferFileSchema({.path = path, .options = std::move(options), .stored_schema = {}});
  EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().message);
  return schema ? types::SchemaToDdl(*schema) : "";
}

TEST(FileSchema, IsInferredFromASampleWithAColumnForTheRest) {
  TempFolder folder;
  folder.Write("a.json", "{\"b\":1,\"a\":{\"x\":\"1\"}}\nnot json\n");
  folder.Write("b.json", "{\"b\":1.5}\n");
  EXPECT_EQ(InferredDdl(folder.path(), {}), "a STRUCT<x: STRING>, b DOUBLE, _rescued_data STRING");
  EXPECT_EQ(InferredDdl(folder.path(), {{"inferColumnTypes", "false"}}),
            "a STRING, b STRING, _rescued_data STRING");
  EXPECT_EQ(InferredDdl(folder.path(), {{"schemaHints", "b DECIMAL(10,2), a.x INT, c.d DATE"}}),
            "a STRUCT<x: INT>, b DECIMAL(10,2), c STRUCT<d: DATE>, _rescued_data STRING");
}

TEST(FileSchema, HintsThatDoNotFitAreRefused) {
  TempFolder folder;
  folder.Write("a.json", "{\"b\":1}\n");
  EXPECT_THAT(ErrorOf(folder.path(), {{"schemaHints", "b.c INT"}}).message,
              HasSubstr("option schemaHints: there is no c in BIGINT"));
  EXPECT_THAT(ErrorOf(folder.path(), {{"schemaHints", "b WORD"}}).message,
              HasSubstr("schemaHints"));
  EXPECT_THAT(ErrorOf(folder.path(), {{"schema", "b INT"}, {"schemaHints", "b INT"}}).message,
              HasSubstr("no use beside schema"));
}

TEST(FileSchema, NamesThatDifferInCaseAloneAreRefused) {
  TempFolder folder;
  folder.Write("a.json", "{\"a\":1,\"A\":2}\n");
  EXPECT_THAT(ErrorOf(folder.path(), {}).message, HasSubstr("A and a"));
}

TEST(FileSchema, NothingReadableIsNoSchema) {
  TempFolder folder;
  folder.Write("a.json", "this is no JSON\n");
  const Error error = ErrorOf(folder.path(), {});
  EXPECT_EQ(error.kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(error.message, HasSubstr("cannot infer"));
}

// The danger: a field that appears after the sample, or of another type, is lost without a word.
TEST(FileSource, WhatTheInferredSchemaHasNoPlaceForIsRescued) {
  TempFolder folder;
  folder.Write("a.json", "{\"a\":1,\"s\":{\"x\":1}}\n");
  const auto schema = InferFileSchema({.path = folder.path(), .options = {}, .stored_schema = {}});
  ASSERT_TRUE(schema.has_value());
  folder.Write("b.json", "{\"a\":\"x\",\"n\" : [1, 2],\"s\":{\"x\":2,\"y\":3}}\n{\"a\":2}\n");
  const auto source = MakeFileSource(
      {.path = folder.path(), .options = {{"format", "json"}}, .stored_schema = *schema});
  ASSERT_TRUE(source.has_value());
  const std::string uri = "file://" + folder.At("b.json");
  EXPECT_THAT(ReadNext(**source).rows,
              ElementsAre("{1, {1}, null}",
                          R"({null, {2}, {"a":"x","n":[1, 2],"s":{"x":2,"y":3},"_file_path":")" +
                              uri + "\"}}",
                          "{2, null, null}"));
}

TEST(FileSource, CsvHasAHeaderPerFile) {
  TempFolder folder;
  folder.Write("a.csv", "id,name\n1,x\n2,\"y,z\"\n");
  folder.Write("b.csv", "id,name\n3,\n4\n");
  EXPECT_EQ(InferredDdl(folder.path(), {}), "id INT, name STRING, _rescued_data STRING");
  const Rows read = ReadNext(*Make(folder.path(), {{"schema", "id INT, name STRING"}}));
  EXPECT_THAT(read.rows, ElementsAre("{1, x}", "{2, y,z}", "{3, null}", "{4, null}"));
  ASSERT_EQ(read.report.bad_records.size(), 1U);
  EXPECT_EQ(read.report.bad_records[0].line, 3);
  EXPECT_THAT(ReadNext(*Make(folder.path(), {{"schema", "a STRING"},
                                             {"header", "false"},
                                             {"sep", ";"},
                                             {"pathGlobFilter", "b*"}}))
                  .rows,
              ElementsAre("{id,name}", "{3,}", "{4}"));
}

TEST(FileSource, AFileThatIsNoParquetNamesTheFile) {
  TempFolder folder;
  folder.Write("a.parquet", "{\"a\":1}\n");
  const Error error = ErrorOf(folder.path(), {});
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("a.parquet"));
}

}  // namespace
}  // namespace oresmith::connector
