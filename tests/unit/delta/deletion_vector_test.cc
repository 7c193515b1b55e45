#include "delta/deletion_vector.h"

#include <random>
#include <set>

#include "delta/deletion_vector_format_internal.h"
#include "delta/deletion_vector_write.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing_support;

// Source: delta-kernel-rs, test_inline_dv: rows 3, 4, 7, 11, 18, 29.
constexpr const char* kInline = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";

TEST(DeletionVector, ReadsAnInlineVector) {
  const DeletionVector vector{.storage_type = "i",
                              .path_or_inline = kInline,
                              .offset = std::nullopt,
                              .size_bytes = 44,
                              .cardinality = 6};
  const auto store = storage::MakeMemoryStore();
  const auto deleted = ReadDeletedRows(*store, "t", vector);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_THAT((*deleted)->rows, ElementsAre(3, 4, 7, 11, 18, 29));
}

TEST(DeletionVector, ACountThatDiffersFromTheLogsIsCorrupt) {
  const DeletionVector vector{.storage_type = "i",
                              .path_or_inline = kInline,
                              .offset = std::nullopt,
                              .size_bytes = 44,
                              .cardinality = 7};
  const auto store = storage::MakeMemoryStore();
  EXPECT_THAT(ReadDeletedRows(*store, "t", vector),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("deletes 6 rows")));
}

TEST(DeletionVector, EveryShortenedVectorIsAnErrorNotACrash) {
  const std::string data = DecodeZ85(kInline).value();
  for (size_t size = 0; size + 4 < data.size(); ++size) {
    EXPECT_THAT(ParseDeletedRows(std::string_view(data).substr(0, size), 6),
                FailsWith(ErrorKind::kCorrupt, HasSubstr("deletion vector")))
        << size;
  }
}

TEST(DeletionVector, LeavesOutItsRowsByTheirNumberInTheFile) {
  const DeletedRows deleted{{0, 5, 7}};
  const auto batch = OrdersBatch({{5, "a"}, {6, "b"}, {7, "c"}});
  const auto rest = WithoutDeletedRows(batch, deleted, 5).value();
  ASSERT_EQ(rest->num_rows(), 1);
  EXPECT_EQ(static_cast<const arrow::Int64Array&>(*rest->column(0)).Value(0), 6);
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// What Delta 4.4 wrote for these rows: other readers have been tried with its bytes.
TEST(DeletionVectorWrite, EncodesSparksBytes) {
  EXPECT_EQ(Hex(EncodeDeletedRows({{3, 4}})),
            "d1d339640100000000000000000000003a300000010000000000010010000000"
            "03000400");
  EXPECT_EQ(Hex(EncodeDeletedRows({{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}})),
            "d1d339640100000000000000000000003b3000000100000900010000000900");
  DeletedRows range;
  for (int64_t row = 1000; row <= 150'000; ++row) range.rows.push_back(row);
  EXPECT_EQ(Hex(EncodeDeletedRows(range)),
            "d1d339640100000000000000000000003b30020007000017fc0100ffff0200f0490100e80317fc"
            "01000000ffff01000000f049");
  DeletedRows even;
  DeletedRows more;
  for (int64_t row = 0; row < 100'000; ++row) {
    if (row % 2 == 0) even.rows.push_back(row);
    if (row % 2 == 0 || (row >= 50'000 && row <= 90'000)) more.rows.push_back(row);
  }
  EXPECT_EQ(EncodeDeletedRows(even).size(), 16424U);
  EXPECT_EQ(VectorCrc32(EncodeDeletedRows(even)), 0x7d2cfcf8U);
  EXPECT_EQ(EncodeDeletedRows(more).size(), 16424U);
  EXPECT_EQ(VectorCrc32(EncodeDeletedRows(more)), 0x843cb292U);
}

TEST(DeletionVectorWrite, WhatIsEncodedIsReadBack) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    std::set<int64_t> rows;
    const int64_t most = int64_t{1} << (4 + random() % 31);
    const uint64_t count = 1 + random() % 9000;
    for (uint64_t i = 0; i < count; ++i) rows.insert(static_cast<int64_t>(random()) & (most - 1));
    if (round % 2 == 0) {  // and runs, some over the ends of containers
      for (int64_t row = 0; row < 3000; ++row) rows.insert(most / 2 + row);
    }
    const DeletedRows deleted{{rows.begin(), rows.end()}};
    const auto parsed = ParseDeletedRows(EncodeDeletedRows(deleted), std::ssize(deleted.rows));
    ASSERT_THAT(parsed, IsOk());
    ASSERT_EQ(parsed->rows, deleted.rows) << "round " << round;
  }
}

TEST(DeletionVectorWrite, VectorsOfOneCommitShareAFile) {
  const auto store = storage::MakeMemoryStore();
  Random random(1);
  DeletionVectorWriter writer(*store, "t", random);
  const DeletionVector first = writer.Write({{3, 4, 8}}).value();
  const DeletionVector second = writer.Write({{1}}).value();
  ASSERT_THAT(writer.Close(), IsOk());
  const auto files = store->ListRecursive("t").value();
  ASSERT_EQ(files.size(), 1U);
  // A version, and for each vector its size, its bytes and their checksum.
  EXPECT_EQ(files[0].size_bytes, 1 + (4 + 38 + 4) + (4 + 34 + 4));
  EXPECT_EQ(first.storage_type, "u");
  EXPECT_EQ(first.offset, 1);
  EXPECT_EQ(first.size_bytes, 38);
  EXPECT_EQ(first.cardinality, 3);
  EXPECT_EQ(second.offset, 47);
  EXPECT_EQ(first.path_or_inline, second.path_or_inline);
  EXPECT_THAT(ReadDeletedRows(*store, "t", first).value()->rows, ElementsAre(3, 4, 8));
  EXPECT_THAT(ReadDeletedRows(*store, "t", second).value()->rows, ElementsAre(1));
}

TEST(DeletionVectorWrite, AFullFileIsFollowedByAnotherOne) {
  const auto store = storage::MakeMemoryStore();
  Random random(1);
  DeletionVectorWriter writer(*store, "t", random);
  DeletedRows many;
  // The fewest rows that take 260 times 8 KiB.
  for (int64_t i = 0; i < 260 * 4097; ++i) {
    many.rows.push_back((i / 4097 << 16) + i % 4097 * 2);
  }
  const DeletionVector first = writer.Write(many).value();
  const DeletionVector second = writer.Write({{1}}).value();
  ASSERT_THAT(writer.Close(), IsOk());
  EXPECT_NE(first.path_or_inline, second.path_or_inline);
  EXPECT_EQ(store->ListRecursive("t").value().size(), 2U);
  EXPECT_EQ(ReadDeletedRows(*store, "t", first).value()->rows, many.rows);
  EXPECT_THAT(ReadDeletedRows(*store, "t", second).value()->rows, ElementsAre(1));
}

}  // namespace
}  // namespace oresmith::delta
