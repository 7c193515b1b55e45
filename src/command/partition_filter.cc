#include "command/partition_filter.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "delta/partition.h"
#include "delta/row_changes.h"
#include "sql/change.h"

namespace oresmith::command {
namespace {

types::Field HiddenColumn(std::string name, types::TypeId type) {
  return {.name = std::move(name), .type = types::Type(type), .nullable = false};
}

/// A condition is bound as that of a DELETE, whose rows say where they stand.
sql::ChangeTarget TargetOf(const OpenTable& open, types::Schema columns) {
  sql::ChangeTarget target;
  target.defaults.resize(columns.size());
  columns.push_back(HiddenColumn("__file", types::TypeId::kInt));
  columns.push_back(HiddenColumn("__row", types::TypeId::kLong));
  target.relation = {.name = open.place.name,
                     .source = "partitions",
                     .schema = std::move(columns),
                     .hidden_columns = 2};
  return target;
}

Result<sql::Plan> Bind(const OpenTable& open, const sql::Expr& where, types::Schema columns,
                       Context& context) {
  TRY(sql::BoundChange bound,
      sql::BindDelete(&where, {}, context.source, context.host.catalog(),
                      {.time_zone = context.host.time_zone()}, TargetOf(open, std::move(columns))));
  sql::PruneColumns(bound.plan);
  if (sql::Scans(bound.plan).size() == 1) return std::move(bound.plan);
  return Fail(MakeError(ErrorKind::kUnsupported,
                        "optimize {}: a subquery cannot choose the partitions", open.place.name)
                  .At(context.source.Place(where.span))
                  .WithFix("write the values themselves: WHERE day IN ('2026-01-31')"));
}

types::Schema PartitionSchema(const delta::Metadata& metadata) {
  types::Schema columns;
  for (const std::string& name : metadata.partition_columns) {
    columns.push_back(*std::ranges::find(metadata.schema, name, &types::Field::name));
    columns.back().nullable = true;
  }
  return columns;
}

/// The error for a condition that cannot be bound over the partition columns alone.
Error WhyNot(const OpenTable& open, const sql::Expr& where, Error error, Context& context) {
  const delta::Metadata& metadata = open.table->snapshot()->metadata;
  const auto whole = Bind(open, where, metadata.schema, context);
  if (!whole) return whole.error();
  for (const sql::Attribute& column : sql::Scans(*whole).front()->output) {
    const bool is_row_column = column.name == "__file" || column.name == "__row";
    if (is_row_column || std::ranges::count(metadata.partition_columns, column.name) > 0) continue;
    return MakeError(ErrorKind::kInvalidInput,
                     "optimize {}: WHERE chooses partitions, and {} is no partition column",
                     open.place.name, column.name)
        .At(context.source.Place(where.span))
        .WithFix(metadata.partition_columns.empty()
                     ? std::string("leave out WHERE: the table has no partitions")
                     : fmt::format("name only {}", fmt::join(metadata.partition_columns, ", ")));
  }
  return error;
}

Result<columnar::Batch> RowsOf(const std::vector<delta::PartitionValues>& partitions,
                               const types::Schema& columns) {
  arrow::ArrayVector arrays;
  for (const types::Field& field : columns) {
    const std::string physical = delta::MetadataText(field, "delta.columnMapping.physicalName");
    arrow::ArrayVector parts;
    for (const delta::PartitionValues& values : partitions) {
      const auto found = values.find(physical.empty() ? field.name : physical);
      TRY(auto part, delta::PartitionArray(
                         field.type, found == values.end() ? std::nullopt : found->second, 1));
      parts.push_back(std::move(part));
    }
    arrays.push_back(arrow::Concatenate(parts).ValueOrDie());
  }
  const auto count = static_cast<int64_t>(partitions.size());
  arrays.push_back(arrow::MakeArrayFromScalar(arrow::Int32Scalar(0), count).ValueOrDie());
  std::vector<int64_t> numbers(partitions.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  arrow::Int64Builder rows;
  if (!rows.AppendValues(numbers).ok()) return Fail(ErrorKind::kUnavailable, "out of memory");
  arrays.push_back(rows.Finish().ValueOrDie());
  types::Schema schema = columns;
  schema.push_back(HiddenColumn("__file", types::TypeId::kInt));
  schema.push_back(HiddenColumn("__row", types::TypeId::kLong));
  return arrow::RecordBatch::Make(columnar::ToArrow(schema), count, std::move(arrays));
}

}  // namespace

Result<std::set<delta::PartitionValues>> PartitionsWhere(const OpenTable& open,
                                                         const sql::Expr& where, Context& context) {
  const auto snapshot = open.table->snapshot();
  const types::Schema columns = PartitionSchema(snapshot->metadata);
  auto plan = Bind(open, where, columns, context);
  if (!plan) return Fail(WhyNot(open, where, std::move(plan).error(), context));
  std::set<delta::PartitionValues> all;
  for (const delta::AddFile& file : snapshot->files) all.insert(file.partition_values);
  const std::vector<delta::PartitionValues> partitions(all.begin(), all.end());
  std::set<delta::PartitionValues> wanted;
  if (partitions.empty()) return wanted;
  TRY(const columnar::Batch rows, RowsOf(partitions, columns));
  const sql::ChangeTarget target = TargetOf(open, columns);
  const auto relation = columnar::MakeRelation(target.relation.schema, {rows});
  TRY(const auto engine, context.host.OpenEngine());
  TRY(const auto query, engine->Prepare(std::move(*plan)));
  const engine::RunContext run{.now = context.host.clock().Now(), .stop = context.stop};
  TRY_DO(query->Run({relation.get()}, run, [&](const columnar::Batch& batch) {
    const auto numbers = std::static_pointer_cast<arrow::Int64Array>(
        batch->column(static_cast<int>(columns.size()) + 2));
    for (int64_t i = 0; i < numbers->length(); ++i) {
      wanted.insert(partitions.at(static_cast<size_t>(numbers->Value(i))));
    }
    return Status{};
  }));
  return wanted;
}

}  // namespace oresmith::command
