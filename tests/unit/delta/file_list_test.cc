#include "delta/file_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/file_chunk.h"
#include "delta/hash_set.h"
#include "delta/table.h"

namespace oresmith::delta {
namespace {

using testing::ElementsAre;

AddFile FileOf(int number) {
  AddFile file;
  file.path = "part-" + std::to_string(number);
  file.stats = R"({"numRecords":3})";
  file.num_records = 3;
  file.size_bytes = 10 + number;
  file.modified_ms = 1000 + number;
  return file;
}

AddFile FileWithAll(int number) {
  AddFile file = FileOf(number);
  file.partition_values = {{"day", "2026-01-01"}, {"empty", ""}, {"none", std::nullopt}};
  FileExtras extras;
  extras.deletion_vector = DeletionVector{
      .storage_type = "u", .path_or_inline = "abc", .offset = 4, .size_bytes = 5, .cardinality = 2};
  extras.base_row_id = 7;
  file.extras = std::make_shared<const FileExtras>(std::move(extras));
  file.data_change = false;
  return file;
}

FileList ListOf(int first, int end) {
  std::vector<std::shared_ptr<const AddFile>> files;
  for (int i = first; i < end; ++i) files.push_back(std::make_shared<const AddFile>(FileOf(i)));
  FileList list;
  list.Append(files);
  return list;
}

std::vector<std::string> Paths(const FileList& list) {
  std::vector<std::string> paths;
  for (const AddFile& file : list) paths.push_back(file.path);
  return paths;
}

TEST(FileList, AFileComesBackWithAllThatWasSaidOfIt) {
  const AddFile file = FileWithAll(1);
  FileList list;
  list.Append({std::make_shared<const AddFile>(FileOf(0)), std::make_shared<const AddFile>(file)});
  const AddFile back = list[1];
  EXPECT_EQ(back.path, file.path);
  EXPECT_EQ(back.partition_values, file.partition_values);
  EXPECT_EQ(back.size_bytes, file.size_bytes);
  EXPECT_EQ(back.modified_ms, file.modified_ms);
  EXPECT_FALSE(back.data_change);
  EXPECT_EQ(back.stats, file.stats);
  EXPECT_EQ(back.num_records, 3);
  EXPECT_EQ(back.deletion_vector_id(), file.deletion_vector_id());
  EXPECT_EQ(list[0].extras, nullptr);
  EXPECT_TRUE(list[0].partition_values.empty());
}

TEST(FileList, ACopyStaysAsItIsWhenTheOriginalChanges) {
  FileList list = ListOf(0, 3);
  const FileList before = list;
  list.Append({std::make_shared<const AddFile>(FileOf(3))});
  EXPECT_EQ(list.Remove({FileKey("part-1", "")}).files, 1U);
  EXPECT_THAT(Paths(before), ElementsAre("part-0", "part-1", "part-2"));
  EXPECT_THAT(Paths(list), ElementsAre("part-0", "part-2", "part-3"));
}

TEST(FileList, RemovingKeepsTheOrderAndWhatTheOthersSay) {
  FileList list = ListOf(0, 1000);
  list.Append({std::make_shared<const AddFile>(FileWithAll(1000))});
  std::unordered_set<std::string> odd = {
      FileKey("part-1000", "")};  // without the vector: not there
  for (int i = 1; i < 1000; i += 2) odd.insert(FileKey(FileOf(i).path, ""));
  const FileList::Removed removed = list.Remove(odd);
  EXPECT_EQ(removed.files, 500U);
  EXPECT_EQ(removed.bytes, 500 * 10 + 500 * 500);
  ASSERT_EQ(list.size(), 501U);
  int expected = 0;
  for (const AddFile& file : list) {
    EXPECT_EQ(file.size_bytes, 10 + expected);
    expected += 2;
  }
  EXPECT_EQ(list[500].partition_values, FileWithAll(1000).partition_values);
  EXPECT_EQ(list.totals().rows, 500 * 3 + 1);
}

TEST(FileList, AFileIsFoundByPathAndDeletionVector) {
  FileList list = ListOf(0, 600);
  const AddFile file = FileWithAll(600);
  list.Append({std::make_shared<const AddFile>(file)});
  EXPECT_EQ(list.Find("part-599", "")->size_bytes, 609);
  EXPECT_FALSE(list.Find("part-600", ""));
  EXPECT_EQ(list.Find("part-600", file.deletion_vector_id())->modified_ms, 1600);
}

TEST(FileList, ACopyOfAnIteratorKeepsItsPlace) {
  const FileList list = ListOf(0, 300);
  auto place = list.begin();
  EXPECT_EQ(place->path, "part-0");
  const auto before = place++;
  EXPECT_EQ(place->path, "part-1");
  EXPECT_EQ(before->path, "part-0");
}

TEST(FileList, RowsAreUnknownWhenAFileDoesNotSayThem) {
  FileList list = ListOf(0, 2);
  AddFile file = FileOf(2);
  file.num_records = -1;
  list.Append({std::make_shared<const AddFile>(file)});
  EXPECT_FALSE(list.totals().rows);
  EXPECT_EQ(list.totals().bytes, 33);
}

TEST(HashSet, HoldsWhatWasPutIn) {
  HashSet set;
  EXPECT_FALSE(set.contains(0));
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_TRUE(set.insert(i << 32 | 2));
  EXPECT_FALSE(set.insert(uint64_t{999} << 32 | 2));
  EXPECT_TRUE(set.insert(0));
  EXPECT_TRUE(set.contains(0));
  EXPECT_FALSE(set.contains(3));
  EXPECT_EQ(set.size(), 1001U);
}

}  // namespace
}  // namespace oresmith::delta
