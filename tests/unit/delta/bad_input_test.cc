// Tables that are broken, half there, or odd but right: an error that says which table, version,
// file and action, or the right rows. Never a crash, and never fewer rows without a word.

#include "delta/deletion_vector.h"
#include "support/faulty_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace testing_support;

constexpr const char* kProtocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";

class BadInput : public TableFixture {
 protected:
  static std::string CommitName(int version) {
    return fmt::format("t/_delta_log/{:020}.json", version);
  }

  /// A table "t" of `commits` rows, one for each version after 0. A checkpoint stands at
  /// version 10.
  void MakeTable(int64_t commits) {
    const auto table = CreateOrders("t").value();
    for (int64_t i = 1; i <= commits; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  }

  /// Version 0 of a table with this schema, which is JSON, and no files.
  void PutTable(const std::string& fields, const std::string& more_lines = "") {
    std::string schema;
    for (const char c : R"({"type":"struct","fields":[)" + fields + "]}") {
      if (c == '"' || c == '\\') schema += '\\';
      schema += c;
    }
    const std::string metadata = fmt::format(
        R"({{"metaData":{{"id":"i","format":{{"provider":"parquet"}},"schemaString":"{}",)"
        R"("partitionColumns":[],"configuration":{{}}}}}})",
        schema);
    ASSERT_THAT(
        store_->Put(CommitName(0), fmt::format("{}\n{}\n{}", kProtocol, metadata, more_lines)),
        IsOk());
  }

  static std::string FieldJson(const std::string& name) {
    return fmt::format(R"({{"name":"{}","type":"long","nullable":true,"metadata":{{}}}})", name);
  }

  void Delete(const std::string& key) { ASSERT_THAT(store_->Delete(key), IsOk()); }

  /// The key of the only data file of version 1.
  std::string DataFileKey() {
    return "t/" +
           (*Table::OpenAt(*store_, "t", Version{1}, clock_, random_))->snapshot()->files[0].path;
  }

  /// Appends a line to a commit.
  void AddLine(int version, const std::string& line) {
    const std::string text = store_->Get(CommitName(version)).value();
    ASSERT_THAT(store_->Put(CommitName(version), text + line + "\n"), IsOk());
  }
};

TEST_F(BadInput, AFolderWithoutALogIsNoTable) {
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kNotFound, HasSubstr("memory:t")));
  ASSERT_THAT(store_->Put("t/part-0.parquet", "PAR1"), IsOk());
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kNotFound, HasSubstr("t/_delta_log")));
  ASSERT_THAT(store_->Put("t/_delta_log/_last_checkpoint", R"({"version":3,"size":1})"), IsOk());
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kNotFound, HasSubstr("t/_delta_log")));
}

TEST_F(BadInput, ALogWithoutMetadataOrProtocolIsHalfATable) {
  ASSERT_THAT(store_->Put(CommitName(0), std::string(kProtocol) + "\n"), IsOk());
  EXPECT_THAT(Open("t"),
              FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr("memory:t"), HasSubstr("version 0"),
                                                   HasSubstr("metaData"))));
  PutTable(FieldJson("id"));
  const std::string text = store_->Get(CommitName(0)).value();
  ASSERT_THAT(store_->Put(CommitName(0), text.substr(text.find('\n') + 1)), IsOk());
  EXPECT_THAT(Open("t"),
              FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr("version 0"), HasSubstr("protocol"))));
  ASSERT_THAT(store_->Put(CommitName(0), ""), IsOk());
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kCorrupt, HasSubstr("version 0")));
}

TEST_F(BadInput, ACheckpointAloneIsATable) {
  MakeTable(10);
  for (int version = 0; version <= 10; ++version) Delete(CommitName(version));
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->version, Version{10});
  EXPECT_EQ(ReadOrders(**table).value().size(), 10U);
  ASSERT_THAT(AppendOrders(**table, {{11, "x"}}), IsOkWith(Version{11}));
}

TEST_F(BadInput, AMissingDataFileIsNamedWithTableAndVersion) {
  MakeTable(2);
  const std::string file = DataFileKey();
  Delete(file);
  EXPECT_THAT(ReadOrders(*Open("t").value()),
              FailsWith(ErrorKind::kCorrupt,
                        AllOf(HasSubstr("missing"), HasSubstr("version 2"), HasSubstr(file))));
}

TEST_F(BadInput, ADataFileCutShortAnywhereIsAnErrorWithItsName) {
  MakeTable(1);
  const std::string file = DataFileKey();
  const std::string bytes = store_->Get(file).value();
  for (size_t size = 0; size < bytes.size(); size += 7) {
    ASSERT_THAT(store_->Put(file, bytes.substr(0, size)), IsOk());
    EXPECT_THAT(ReadOrders(*Open("t").value()),
                FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr("version 1"), HasSubstr(file))))
        << size;
  }
}

TEST_F(BadInput, ACheckpointCutShortIsAnErrorWithItsName) {
  MakeTable(11);
  const std::string key = "t/_delta_log/00000000000000000010.checkpoint.parquet";
  const std::string bytes = store_->Get(key).value();
  for (size_t size = 0; size < bytes.size(); size += 101) {
    ASSERT_THAT(store_->Put(key, bytes.substr(0, size)), IsOk());
    EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kCorrupt, HasSubstr(key))) << size;
  }
}

// Spark too goes by the log: the checksum is there to notice that one of two writers is wrong.
TEST_F(BadInput, AChecksumThatDisagreesIsToldAndTheLogCounts) {
  MakeTable(1);
  const auto reader = Open("t").value();
  ASSERT_THAT(AppendOrders(*Open("t").value(), {{2, "x"}}), IsOk());
  const std::string key = "t/_delta_log/00000000000000000002.crc";
  ASSERT_THAT(
      store_->Put(key, R"({"tableSizeBytes":1,"numFiles":7,"numMetadata":1,"numProtocol":1})"),
      IsOk());
  ASSERT_THAT(reader->Refresh(), IsOk());
  EXPECT_EQ(ReadOrders(*reader).value().size(), 2U);
  const auto noted = reader->TakeCheckpointError();
  ASSERT_TRUE(noted.has_value());
  EXPECT_THAT(noted->message, AllOf(HasSubstr("memory:t"), HasSubstr("version 2"),
                                    HasSubstr("checksum"), HasSubstr("7 files, not 2")));
  for (const char* torn : {"", "{", "[]", R"({"numFiles":"x"})"}) {
    ASSERT_THAT(store_->Put(key, torn), IsOk());
    EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 2U) << torn;
  }
}

TEST_F(BadInput, AGapInTheLogIsNamed) {
  MakeTable(5);
  Delete(CommitName(3));
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kCorrupt,
                                   AllOf(HasSubstr("memory:t"), HasSubstr("gap"),
                                         HasSubstr("version 3"), HasSubstr("version 4"))));
}

// A folder is listed piece by piece: of two commits that come meanwhile the later one may be seen
// alone.
TEST_F(BadInput, ACommitThatOnlyTheListingLacksIsNoGap) {
  MakeTable(5);
  FaultyStore store(*store_, 0, Death::kGappyListing, /*recovers=*/false);
  const auto table = Table::Open(store, "t", clock_, random_);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(ReadOrders(**table).value().size(), 5U);
  const auto other = Open("t").value();
  for (int64_t i = 6; i <= 8; ++i) ASSERT_THAT(AppendOrders(*other, {{i, "x"}}), IsOk());
  ASSERT_THAT((*table)->Refresh(), IsOk());
  EXPECT_EQ(ReadOrders(**table).value().size(), 8U);
  for (int64_t i = 9; i <= 11; ++i) ASSERT_THAT(AppendOrders(*other, {{i, "x"}}), IsOk());
  ASSERT_THAT(AppendOrders(**table, {{12, "x"}}), IsOkWith(Version{12}));
}

TEST_F(BadInput, WithoutVersionZeroACheckpointIsNeeded) {
  MakeTable(12);
  Delete(CommitName(0));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 12U);
  EXPECT_THAT(Table::OpenAt(*store_, "t", Version{5}, clock_, random_),
              FailsWith(ErrorKind::kNotFound, HasSubstr("versions 10 to 12 can be read")));
  Delete("t/_delta_log/00000000000000000010.checkpoint.parquet");
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kCorrupt, HasSubstr("version 0 is missing")));
}

TEST_F(BadInput, LastCheckpointMayBeNewerOrOlderThanTheFiles) {
  MakeTable(22);
  for (const char* hint :
       {R"({"version":10,"size":1})", R"({"version":25,"size":1})", R"({"version":15,"size":1})",
        R"({"version":9223372036854775807,"size":1})", R"({"version":-1,"size":1})",
        R"({"version":20,"size":1,"parts":3})"}) {
    ASSERT_THAT(store_->Put("t/_delta_log/_last_checkpoint", hint), IsOk());
    const auto table = Open("t");
    ASSERT_THAT(table, IsOk()) << hint;
    EXPECT_EQ((*table)->snapshot()->version, Version{22}) << hint;
    EXPECT_EQ(ReadOrders(**table).value().size(), 22U) << hint;
  }
}

TEST_F(BadInput, BrokenJsonIsNamedByFileAndLine) {
  MakeTable(2);
  AddLine(2, R"({"add":{"path":"x",)");
  const int line = static_cast<int>(std::ranges::count(store_->Get(CommitName(2)).value(), '\n'));
  EXPECT_THAT(Open("t"),
              FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr(CommitName(2)), HasSubstr("JSON"),
                                                   HasSubstr(fmt::format("line {}", line)))));
}

TEST_F(BadInput, AnActionWithoutItsFieldsIsNamedWithItsLine) {
  for (const auto& [line, text] : std::vector<std::pair<std::string, std::string>>{
           {R"({"add":{"size":1,"dataChange":true}})", "add: no field 'path'"},
           {R"({"add":{"path":"x","size":"1"}})", "field 'size' is not a whole number"},
           {R"({"add":{"path":"x","size":-1}})", "'x': size cannot be -1"},
           {R"({"add":{"path":"x","size":1e99}})", "field 'size'"},
           {R"({"add":{"path":"x","size":9223372036854775807}})", "size cannot be"},
           {R"({"add":7})", "add: not an object"},
           {R"({"remove":{}})", "remove: no field 'path'"},
           {R"({"txn":{"appId":"a"}})", "txn: no field 'version'"},
           {R"({"protocol":{"minReaderVersion":1}})", "protocol: no field 'minWriterVersion'"},
           {R"({"metaData":{"id":"i","schemaString":"{"}})", "metaData: schemaString"},
           {R"({"metaData":{"id":"i","schemaString":"","format":{"provider":"orc"}}})", "'orc'"},
           {R"({"domainMetadata":{"domain":3}})", "domainMetadata"},
           {R"([1])", "not a JSON object"}}) {
    PutTable(FieldJson("id"), line);
    const auto opened = Open("t");
    ASSERT_FALSE(opened.has_value()) << line;
    EXPECT_THAT(opened.error().message,
                AllOf(HasSubstr(text), HasSubstr("line 3"), HasSubstr(CommitName(0))));
    const bool unsupported = line.find("orc") != std::string::npos;
    EXPECT_EQ(opened.error().kind, unsupported ? ErrorKind::kUnsupported : ErrorKind::kCorrupt)
        << line;
  }
}

TEST_F(BadInput, WhatIsNotKnownIsPassedOver) {
  MakeTable(1);
  AddLine(1, R"({"somethingNew":{"a":[1,2,{"b":null}]}})");
  AddLine(1, R"({"txn":{"appId":"a","version":3,"color":"red"},"other":5})");
  AddLine(1, "");
  AddLine(1, R"({})");
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->transactions.at("a"), 3);
  EXPECT_EQ(ReadOrders(**table).value().size(), 1U);
}

TEST_F(BadInput, UnknownFeaturesAreRefusedByName) {
  PutTable(
      FieldJson("id"),
      R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["columnMapping",)"
      R"("fancyThing"],"writerFeatures":["columnMapping","fancyThing","alsoNew"]}})");
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kUnsupported, HasSubstr("fancyThing")));
  PutTable(FieldJson("id"), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,)"
                            R"("writerFeatures":["alsoNew"]}})");
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT((*table)->Commit({.operation = "WRITE"}),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("alsoNew")));
}

// 2^32 + 1 is not 1.
TEST_F(BadInput, AProtocolVersionOfAnySizeIsRefused) {
  for (const char* version : {"4", "4294967297", "9223372036854775807", "-3"}) {
    PutTable(FieldJson("id"), fmt::format(R"({{"protocol":{{"minReaderVersion":{},)"
                                          R"("minWriterVersion":2}}}})",
                                          version));
    EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kUnsupported, HasSubstr("reader of version")))
        << version;
  }
}

TEST_F(BadInput, OfTwoMetadataTheLastOneCounts) {
  PutTable(FieldJson("id"),
           R"({"metaData":{"id":"second","schemaString":"","partitionColumns":[]}})");
  EXPECT_EQ(Open("t").value()->snapshot()->metadata.id, "second");
}

TEST_F(BadInput, JsonOfAnyDepthIsNoDanger) {
  MakeTable(1);
  constexpr size_t kDepth = 200'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  AddLine(1, R"({"commitInfo":{"operation":"WRITE","operationParameters":{"deep":)" + deep + "}}}");
  AddLine(1, R"({"unknown":)" + deep + "}");
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->History(1).value().front().second.operation, "WRITE");
  PutTable(fmt::format(R"({{"name":"a","type":{},"nullable":true,"metadata":{{}}}})", deep));
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kCorrupt, HasSubstr("schemaString")));
}

TEST_F(BadInput, NamesThatDifferInCaseAloneAreRefused) {
  PutTable(FieldJson("id") + "," + FieldJson("ID"));
  EXPECT_THAT(Open("t"),
              FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr("memory:t"), HasSubstr("'ID'"))));
}

// Letters of each kind, marks, digits, symbols, private use, both directions, joiners, controls.
TEST_F(BadInput, ColumnsMayHaveNamesOfEveryUnicodeClass) {
  types::Schema schema;
  for (const char* name :
       {"ascii",  "É",      "ß",      "ǅ",    "ʰ",      "中文",   "e\u0301", "\u0903",
        "٣",      "Ⅷ",      "²",      "_",    "‿",      "-",      "—",       "«",
        "»",      "+",      "€",      "^",    "😀",      "\u00A0", "\u2028",  "\u0001",
        "\u00AD", "\u200D", "\u202E", "عربي", "\uE000", "𐐷",      "İ",       "ı",
        "%41",    "a.b",    "`",      "\"",   "\\",     "'",      "a/b"}) {
    schema.push_back(Column(name, types::TypeId::kLong));
  }
  const auto table =
      Table::Create(*store_, "t", CreateOptions{.schema = schema}, clock_, random_).value();
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    arrow::Int64Builder values;
    ASSERT_TRUE(values.Append(static_cast<int64_t>(i)).ok());
    columns.push_back(values.Finish().ValueOrDie());
  }
  CommitRequest request;
  request.adds =
      WriteFiles(*table, {arrow::RecordBatch::Make(columnar::ToArrow(schema), 1, columns)}).value();
  ASSERT_THAT(table->Commit(request), IsOk());
  const auto again = Open("t").value();
  ASSERT_EQ(again->snapshot()->metadata.schema.size(), schema.size());
  for (size_t i = 0; i < schema.size(); ++i) {
    const auto rows = ReadBatches(*again->Scan(again->snapshot()), {static_cast<int>(i)}).value();
    EXPECT_EQ(rows.at(0)->schema()->field(0)->name(), schema[i].name);
    EXPECT_EQ(static_cast<const arrow::Int64Array&>(*rows[0]->column(0)).Value(0),
              static_cast<int64_t>(i))
        << schema[i].name;
  }
}

// A partition value is text in the log and part of a path. Empty text is NULL for every reader.
TEST_F(BadInput, PartitionValuesOfAllKindsComeBack) {
  const CreateOptions options{.schema = OrdersSchema(), .partition_columns = {"name"}};
  const auto table = Table::Create(*store_, "t", options, clock_, random_).value();
  // A NUL cannot stand in a path, so such a value cannot be a partition's.
  EXPECT_THAT(AppendOrders(*table, {{2, std::string("nul\0inside", 10)}}),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("memory:t"), HasSubstr("NUL"), HasSubstr("column name"))));
  const std::vector<Order> rows{
      {1, "a/b=c %:é"}, {2, "\u0001"},     {3, ".."},
      {4, "line\nend"}, {5, "%2F%00"},     {6, " "},
      {7, "x=y/../z"},  {8, std::nullopt}, {9, "__HIVE_DEFAULT_PARTITION__"}};
  ASSERT_THAT(AppendOrders(*table, rows), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{10, ""}}), IsOk());
  std::vector<Order> expected = rows;
  expected.push_back({10, std::nullopt});
  std::ranges::sort(expected);
  EXPECT_EQ(ReadOrders(*Open("t").value()).value(), expected);
}

TEST_F(BadInput, TextWithNulAndEmptyTextStayWhatTheyAre) {
  const auto table = CreateOrders("t").value();
  const std::vector<Order> rows{{1, std::string("\0", 1)}, {2, ""}, {3, std::nullopt}};
  ASSERT_THAT(AppendOrders(*table, rows), IsOk());
  EXPECT_EQ(ReadOrders(*Open("t").value()).value(), rows);
}

TEST_F(BadInput, APartitionValueOfAnotherTypeIsNamed) {
  const CreateOptions options{.schema = OrdersSchema(), .partition_columns = {"id"}};
  const auto table = Table::Create(*store_, "t", options, clock_, random_).value();
  ASSERT_THAT(AppendOrders(*table, {{7, "x"}}), IsOk());
  std::string text = store_->Get(CommitName(1)).value();
  const std::string before = R"("partitionValues":{"id":"7"})";
  ASSERT_NE(text.find(before), std::string::npos);
  text.replace(text.find(before), before.size(), R"("partitionValues":{"id":"seven"})");
  ASSERT_THAT(store_->Put(CommitName(1), text), IsOk());
  EXPECT_THAT(ReadOrders(*Open("t").value()),
              FailsWith(ErrorKind::kCorrupt, AllOf(HasSubstr("version 1"), HasSubstr("column id"),
                                                   HasSubstr("'seven'"), HasSubstr(".parquet"))));
}

/// A vector in a file that says it deletes `cardinality` rows.
DeletionVector InFile(int64_t offset, int64_t size_bytes, int64_t cardinality) {
  return {.storage_type = "u",
          .path_or_inline = "00000000000000000000",
          .offset = offset,
          .size_bytes = size_bytes,
          .cardinality = cardinality};
}

TEST_F(BadInput, ADeletionVectorOutsideOfItsFileIsNamed) {
  const std::string key = "t/deletion_vector_00000000-0000-0000-0000-000000000000.bin";
  ASSERT_THAT(store_->Put(key, std::string(64, '\0')), IsOk());
  for (const auto& [offset, size] : std::vector<std::pair<int64_t, int64_t>>{
           {-1, 8}, {INT64_MIN, 8}, {INT64_MAX, 8}, {60, 8}, {1, int64_t{1} << 31}}) {
    EXPECT_THAT(ReadDeletedRows(*store_, "t", InFile(offset, size, 1)),
                FailsWith(ErrorKind::kCorrupt, HasSubstr(key)))
        << offset;
  }
}

template <class Number>
void Append(std::string& bytes, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    bytes += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i) & 0xFF);
  }
}

// 65,536 runs of 65,536 rows are 400 KB, and would be 32 GB of row numbers.
TEST_F(BadInput, ADeletionVectorOfBillionsOfRowsTakesNoMemory) {
  std::string data;
  Append<uint32_t>(data, 1681511377);
  Append<uint64_t>(data, 1);
  Append<uint32_t>(data, 0);
  Append<uint32_t>(data, 12347 | 0xFFFFU << 16);
  data.append(65536 / 8, '\xFF');
  for (int key = 0; key < 65536; ++key) {
    Append<uint16_t>(data, key);
    Append<uint16_t>(data, 0xFFFF);
  }
  data.append(size_t{65536} * 4, '\0');
  for (int key = 0; key < 65536; ++key) {
    Append<uint16_t>(data, 1);
    Append<uint16_t>(data, 0);
    Append<uint16_t>(data, 0xFFFF);
  }
  EXPECT_THAT(ParseDeletedRows(data, 1000), FailsWith(ErrorKind::kCorrupt, HasSubstr("deletion")));
}

// What leaves rows out steps over each number once.
TEST_F(BadInput, ADeletionVectorWithARowTwiceIsRefused) {
  std::string data;
  Append<uint32_t>(data, 1681511377);
  Append<uint64_t>(data, 1);
  Append<uint32_t>(data, 0);
  Append<uint32_t>(data, 12346);
  Append<uint32_t>(data, 1);
  Append<uint16_t>(data, 0);
  Append<uint16_t>(data, 1);
  Append<uint32_t>(data, 16);
  Append<uint16_t>(data, 5);
  Append<uint16_t>(data, 5);
  EXPECT_THAT(ParseDeletedRows(data, 2), FailsWith(ErrorKind::kCorrupt, HasSubstr("twice")));
}

}  // namespace
}  // namespace oresmith::delta
