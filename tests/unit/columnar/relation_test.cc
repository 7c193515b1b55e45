#include <arrow/api.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "columnar/batch.h"
#include "test_batches.h"

namespace oresmith::columnar {
namespace {

using types::Type;
using types::TypeId;

types::Schema TwoColumns() {
  return {FieldOf("id", Type(TypeId::kLong)), FieldOf("city", Type(TypeId::kString))};
}

Batch Rows(const std::string& ids, const std::string& cities) {
  return BatchOf({{"id", arrow::int64(), ids}, {"city", arrow::utf8(), cities}});
}

TEST(MemoryRelation, GivesItsBatchesInOrderWithoutEmptyOnes) {
  const Batch first = Rows("[1]", R"(["Rome"])");
  const Batch second = Rows("[2]", R"(["Bari"])");
  const auto relation = MakeRelation(TwoColumns(), {first, Rows("[]", "[]"), second});
  EXPECT_EQ(relation->row_count(), 2);
  auto reader = relation->Open({0, 1});
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ((*reader)->Next().value(), first);
  EXPECT_EQ((*reader)->Next().value(), second);
  EXPECT_EQ((*reader)->Next().value(), nullptr);
  EXPECT_EQ((*reader)->Next().value(), nullptr);
}

TEST(MemoryRelation, ReadsOnlyTheColumnsAskedForInThatOrder) {
  const auto relation = MakeRelation(TwoColumns(), {Rows("[1, 2]", R"(["Rome", null])")});
  auto reader = relation->Open({1});
  ASSERT_TRUE(reader.has_value());
  const Batch batch = (*reader)->Next().value();
  ASSERT_EQ(batch->num_columns(), 1);
  EXPECT_EQ(batch->schema()->field(0)->name(), "city");
  EXPECT_TRUE(batch->column(0)->Equals(*ArrayOf(arrow::utf8(), R"(["Rome", null])")));
}

TEST(MemoryRelation, NoColumnsStillHaveRows) {
  const auto relation = MakeRelation(TwoColumns(), {Rows("[1, 2]", R"(["Rome", "Bari"])")});
  auto reader = relation->Open({});
  ASSERT_TRUE(reader.has_value());
  const Batch batch = (*reader)->Next().value();
  EXPECT_EQ(batch->num_columns(), 0);
  EXPECT_EQ(batch->num_rows(), 2);
}

TEST(MemoryRelation, CanBeReadAgain) {
  const auto relation = MakeRelation(TwoColumns(), {Rows("[1]", R"(["Rome"])")});
  for (int round = 0; round < 2; ++round) {
    auto reader = relation->Open({0, 1});
    ASSERT_TRUE(reader.has_value());
    EXPECT_NE((*reader)->Next().value(), nullptr);
  }
}

TEST(MemoryRelation, ThreadsShareTheBatchesOfOneReader) {
  std::vector<Batch> batches;
  for (int i = 0; i < 1000; ++i) batches.push_back(Rows("[1, 2]", R"(["Rome", "Bari"])"));
  const auto relation = MakeRelation(TwoColumns(), std::move(batches));
  auto reader = relation->Open({0});
  ASSERT_TRUE(reader.has_value());
  std::atomic<int64_t> rows = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (const Batch batch = (*reader)->Next().value()) rows += batch->num_rows();
      });
    }
  }
  EXPECT_EQ(rows, 2000);
}

}  // namespace
}  // namespace oresmith::columnar
