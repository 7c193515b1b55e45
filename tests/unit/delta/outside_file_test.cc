#include "delta/outside_file.h"

#include "delta/deletion_vector.h"
#include "delta/deletion_vector_format_internal.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing_support;

/// Two tables on the disk, the second made of the first one's files: a shallow clone.
class OutsideFiles : public TableFixture {
 protected:
  void SetUp() override {
    source_store_ = storage::MakeLocalStore(folder_.path() + "/a b%é");
    clone_store_ = storage::MakeLocalStore(folder_.path() + "/clone");
    const CreateOptions options{.schema = OrdersSchema()};
    source_ = Table::Create(*source_store_, "", options, clock_, random_).value();
    clone_ = Table::Create(*clone_store_, "", options, clock_, random_).value();
    ASSERT_THAT(AppendOrders(*source_, {{1, "one"}, {2, "two"}}), IsOk());
    CommitRequest request;
    request.adds = {source_->snapshot()->files[0]};
    request.adds[0].path = source_store_->Describe(request.adds[0].path);
    ASSERT_THAT(clone_->Commit(request), IsOk());
  }

  TemporaryFolder folder_;
  std::unique_ptr<storage::Store> source_store_;
  std::unique_ptr<storage::Store> clone_store_;
  std::unique_ptr<Table> source_;
  std::unique_ptr<Table> clone_;
};

TEST_F(OutsideFiles, OfAnotherFolderAreReadAndEncodedInTheLog) {
  EXPECT_THAT(clone_store_->Get("_delta_log/00000000000000000001.json").value(),
              HasSubstr("/a%20b%25"));
  const auto again = Table::Open(*clone_store_, "", clock_, random_).value();
  EXPECT_EQ(ReadOrders(*again).value(), (std::vector<Order>{{1, "one"}, {2, "two"}}));
}

TEST_F(OutsideFiles, ThatAreGoneAreNamed) {
  ASSERT_THAT(source_store_->Delete(source_->snapshot()->files[0].path), IsOk());
  EXPECT_THAT(ReadOrders(*clone_), FailsWith(ErrorKind::kCorrupt, HasSubstr("/a b%é/part-")));
}

TEST_F(OutsideFiles, OfAnotherStoreAreRefused) {
  EXPECT_THAT(PlaceOfFile(*clone_store_, "", "s3://bucket/file.parquet"),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("another store")));
  EXPECT_THAT(PlaceOfFile(*store_, "t", "/etc/file.parquet"),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("another store")));
}

TEST_F(OutsideFiles, DeletionVectorsMayLieThereToo) {
  constexpr const char* kVector = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
  const std::string data = DecodeZ85(kVector).value();
  const auto big_endian = [](uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
    return bytes;
  };
  const std::string file = "\x01" + big_endian(static_cast<uint32_t>(data.size())) + data +
                           big_endian(VectorCrc32(data));
  ASSERT_THAT(source_store_->Put("vector.bin", file), IsOk());
  const DeletionVector vector{
      .storage_type = "p",
      .path_or_inline = "file://" + folder_.path() + "/a%20b%25é/vector.bin",
      .offset = 1,
      .size_bytes = static_cast<int64_t>(data.size()),
      .cardinality = 6};
  const auto deleted = ReadDeletedRows(*clone_store_, "", vector);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_THAT((*deleted)->rows, ElementsAre(3, 4, 7, 11, 18, 29));
}

using OldVersions = TableFixture;

TEST_F(OldVersions, ThatWereCleanedUpAreNotFoundAndTheRestIsNamed) {
  const auto table = CreateOrders("t").value();
  for (int64_t i = 0; i < 12; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "row"}}), IsOk());
  for (int version = 0; version < 10; ++version) {
    ASSERT_THAT(store_->Delete(fmt::format("t/_delta_log/{:020}.json", version)), IsOk());
  }
  EXPECT_THAT(Table::OpenAt(*store_, "t", Version{3}, clock_, random_),
              FailsWith(ErrorKind::kNotFound, HasSubstr("versions 10 to 12 can be read")));
  EXPECT_THAT(Table::OpenAt(*store_, "t", Version{11}, clock_, random_), IsOk());
}

}  // namespace
}  // namespace oresmith::delta
