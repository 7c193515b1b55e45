// A Delta table from C++: create, append, read, compact, go back. With a folder as argument the
// table is made there and stays; without one it is made in memory.

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

#include <cstdio>

#include "columnar/batch.h"
#include "delta/maintain.h"
#include "delta/table.h"

namespace {

using namespace oresmith;

types::Schema OrdersSchema() {
  return {{.name = "id", .type = types::Type(types::TypeId::kLong), .nullable = false},
          {.name = "city", .type = types::Type(types::TypeId::kString)}};
}

/// Two orders. The builders cannot fail here but for lack of memory.
Result<columnar::Batch> Orders(int64_t first_id) {
  arrow::Int64Builder ids;
  arrow::StringBuilder cities;
  arrow::Status status = ids.AppendValues({first_id, first_id + 1});
  if (status.ok()) status = cities.AppendValues({"Oslo", "Lima"});
  std::shared_ptr<arrow::Array> id_column;
  std::shared_ptr<arrow::Array> city_column;
  if (status.ok()) status = ids.Finish(&id_column);
  if (status.ok()) status = cities.Finish(&city_column);
  if (!status.ok()) {
    return Fail(columnar::FromArrowStatus(status, ErrorKind::kUnavailable, "make orders"));
  }
  return arrow::RecordBatch::Make(columnar::ToArrow(OrdersSchema()), 2, {id_column, city_column});
}

/// Data files first, then the commit that makes them part of the table. The transaction makes the
/// append safe to repeat: the table says how far "example" has come.
Result<delta::Version> Append(delta::Table& table, const columnar::Batch& batch, int64_t number) {
  TRY(const auto writer, table.NewWriter(delta::WriterOptions(), nullptr));
  TRY_DO(writer->Write(batch));
  delta::CommitRequest request;
  TRY_DO(writer->CloseInto(request));
  request.transactions = {{.app_id = "example", .version = number}};
  return table.Commit(request);
}

Status Print(const delta::Table& table) {
  const auto snapshot = table.snapshot();
  std::printf("version %lld: %zu file(s)\n",
              static_cast<long long>(delta::Number(snapshot->version)), snapshot->files.size());
  TRY(const auto reader, table.Scan(snapshot)->Open({0, 1}));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return {};
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::printf("  %s\n", columnar::RowToJson(*batch, row).c_str());
    }
  }
}

Status Run(storage::Store& store) {
  const SystemClock clock;
  Random random;
  TRY(const auto table,
      delta::Table::Create(store, "orders", {.schema = OrdersSchema()}, clock, random));
  for (int64_t number = 1; number <= 3; ++number) {
    TRY(const columnar::Batch batch, Orders(number * 10));
    TRY_DO(Append(*table, batch, number));
  }
  TRY_DO(Print(*table));
  const delta::MaintainContext context{.store = store, .clock = clock, .random = random};
  TRY(const delta::OptimizeReport report, delta::Optimize(context, *table, {}));
  std::printf("compacted %lld files into %lld\n", static_cast<long long>(report.removed.files),
              static_cast<long long>(report.added.files));
  TRY_DO(Print(*table));
  TRY(const auto old, delta::Table::OpenAt(store, "orders", delta::Version{1}, clock, random));
  TRY_DO(Print(*old));
  TRY_DO(delta::Restore(context, *table, {.version = delta::Version{1}}));
  return Print(*table);
}

}  // namespace

int main(int count, char** arguments) {
  const auto store = count > 1 ? storage::MakeLocalStore(arguments[1]) : storage::MakeMemoryStore();
  const Status status = Run(*store);
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 1;
}
