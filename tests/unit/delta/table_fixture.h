#pragma once

// What tests of tables share: a store, a clock, small batches, and reading all rows back.

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"
#include "storage/store.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::delta {

inline types::Field Column(std::string name, types::TypeId type) {
  return {.name = std::move(name), .type = types::Type(type), .nullable = true, .comment = {}};
}

/// id BIGINT, name STRING.
inline types::Schema OrdersSchema() {
  return {Column("id", types::TypeId::kLong), Column("name", types::TypeId::kString)};
}

struct Order {
  std::optional<int64_t> id;
  std::optional<std::string> name;
  bool operator==(const Order&) const = default;
  auto operator<=>(const Order&) const = default;
};

inline columnar::Batch OrdersBatch(const std::vector<Order>& orders) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  for (const Order& order : orders) {
    EXPECT_TRUE((order.id ? ids.Append(*order.id) : ids.AppendNull()).ok());
    EXPECT_TRUE((order.name ? names.Append(*order.name) : names.AppendNull()).ok());
  }
  return arrow::RecordBatch::Make(columnar::ToArrow(OrdersSchema()),
                                  static_cast<int64_t>(orders.size()),
                                  {ids.Finish().ValueOrDie(), names.Finish().ValueOrDie()});
}

inline Result<std::vector<columnar::Batch>> ReadBatches(const columnar::Relation& relation,
                                                        const std::vector<int>& columns) {
  TRY(const auto reader, relation.Open(columns));
  std::vector<columnar::Batch> batches;
  while (true) {
    TRY(columnar::Batch batch, reader->Next());
    if (batch == nullptr) return batches;
    batches.push_back(std::move(batch));
  }
}

/// All orders of the relation, sorted.
inline Result<std::vector<Order>> ReadOrders(const columnar::Relation& relation) {
  TRY(const auto batches, ReadBatches(relation, {0, 1}));
  std::vector<Order> orders;
  for (const columnar::Batch& batch : batches) {
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& names = static_cast<const arrow::StringArray&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      orders.push_back({ids.IsNull(i) ? std::nullopt : std::optional(ids.Value(i)),
                        names.IsNull(i) ? std::nullopt : std::optional(names.GetString(i))});
    }
  }
  std::ranges::sort(orders);
  return orders;
}

inline Result<std::vector<Order>> ReadOrders(const Table& table) {
  return ReadOrders(*table.Scan(table.snapshot()));
}

/// Writes the batches into files of the table.
inline Result<std::vector<AddFile>> WriteFiles(Table& table,
                                               const std::vector<columnar::Batch>& batches) {
  TRY(const auto writer, table.NewWriter(WriterOptions(), nullptr));
  for (const columnar::Batch& batch : batches) TRY_DO(writer->Write(batch));
  return writer->Close();
}

/// Writes the batch into files of `request`, durable when that is committed.
inline Status WriteInto(CommitRequest& request, Table& table, const columnar::Batch& batch) {
  TRY(const auto writer, table.NewWriter(WriterOptions(), nullptr));
  TRY_DO(writer->Write(batch));
  return writer->CloseInto(request);
}

inline Result<Version> AppendOrders(Table& table, const std::vector<Order>& orders) {
  CommitRequest request;
  TRY_DO(WriteInto(request, table, OrdersBatch(orders)));
  return table.Commit(request);
}

class TableFixture : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Table>> CreateOrders(const std::string& root) {
    return Table::Create(*store_, root, CreateOptions{.schema = OrdersSchema()}, clock_, random_);
  }
  Result<std::unique_ptr<Table>> Open(const std::string& root) {
    return Table::Open(*store_, root, clock_, random_);
  }
  std::string Commit(const std::string& root, int version) {
    return store_->Get(fmt::format("{}/_delta_log/{:020}.json", root, version)).value_or("");
  }

  std::unique_ptr<storage::Store> store_ = storage::MakeMemoryStore();
  ManualClock clock_;
  Random random_{42};
};

}  // namespace oresmith::delta
