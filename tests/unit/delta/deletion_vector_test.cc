#include "delta/deletion_vector.h"

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

}  // namespace
}  // namespace oresmith::delta
