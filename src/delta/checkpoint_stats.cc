#include "delta/checkpoint_stats.h"

#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <utility>

#include "delta/features.h"
#include "delta/partition.h"
#include "delta/physical.h"
#include "delta/protocol.h"
#include "delta/stats.h"
#include "delta/stats_text.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

Field Nullable(std::string name, Type type) {
  return {.name = std::move(name), .type = std::move(type)};
}

bool HasBounds(const Type& type) { return MakeLeafStats(type) != nullptr; }

/// The columns with nothing but names and types, without those that have no bounds.
Schema BoundsOf(const Schema& columns) {
  Schema bounds;
  for (const Field& field : columns) {
    if (!field.type.Is(TypeId::kStruct)) {
      if (HasBounds(field.type)) bounds.push_back(Nullable(field.name, field.type));
      continue;
    }
    Schema inner = BoundsOf(field.type.fields());
    if (!inner.empty()) bounds.push_back(Nullable(field.name, Type::Struct(std::move(inner))));
  }
  return bounds;
}

Schema CountsOf(const Schema& columns) {
  Schema counts;
  for (const Field& field : columns) {
    const bool is_struct = field.type.Is(TypeId::kStruct);
    counts.push_back(Nullable(
        field.name, is_struct ? Type::Struct(CountsOf(field.type.fields())) : Type(TypeId::kLong)));
  }
  return counts;
}

/// A text that is no value of the type is NULL: nobody passes over a file for it.
arrow::Status AppendText(const Type& type, const std::optional<std::string>& text,
                         arrow::ArrayBuilder& builder) {
  if (!text) return builder.AppendNull();
  if (type.Is(TypeId::kString)) return checked_cast<arrow::StringBuilder&>(builder).Append(*text);
  const auto array = PartitionArray(type, text, 1);
  if (!array) return builder.AppendNull();
  ARROW_ASSIGN_OR_RAISE(const auto scalar, (*array)->GetScalar(0));
  return builder.AppendScalar(*scalar);
}

/// Goes through the leaves of a struct, in their order.
template <class AppendLeaf>
arrow::Status AppendLeaves(arrow::ArrayBuilder& builder, const AppendLeaf& append) {
  auto* const fields = dynamic_cast<arrow::StructBuilder*>(&builder);
  if (fields == nullptr) return append(builder);
  ARROW_RETURN_NOT_OK(fields->Append());
  for (int i = 0; i < fields->num_fields(); ++i) {
    ARROW_RETURN_NOT_OK(AppendLeaves(*fields->field_builder(i), append));
  }
  return arrow::Status::OK();
}

}  // namespace

ParsedStats::ParsedStats(const Protocol& protocol, const Metadata& metadata) {
  const Properties& configuration = metadata.configuration;
  if (!IsSet(configuration, "delta.checkpoint.writeStatsAsStruct")) return;
  const ColumnMapping mapping = ColumnMappingOf(metadata);
  Schema data;
  for (const Field& field : metadata.schema) {
    if (std::ranges::count(metadata.partition_columns, field.name) == 0) data.push_back(field);
  }
  for (const std::string& name : metadata.partition_columns) {
    const auto field = std::ranges::find(metadata.schema, name, &Field::name);
    if (field == metadata.schema.end()) continue;
    partition_.push_back(Nullable(PhysicalSchema({*field}, mapping).front().name, field->type));
  }
  if (!partition_.empty()) {
    fields_.push_back(Nullable("partitionValues_parsed", Type::Struct(partition_)));
  }
  const Schema indexed = PhysicalSchema(IndexedColumns(data, configuration), mapping);
  std::vector<std::string> path;
  AddLeaves(indexed, path);
  Schema stats{Nullable("numRecords", Type(TypeId::kLong))};
  Schema bounds = BoundsOf(indexed);
  has_bounds_ = !bounds.empty();
  if (has_bounds_) {
    stats.push_back(Nullable("minValues", Type::Struct(bounds)));
    stats.push_back(Nullable("maxValues", Type::Struct(std::move(bounds))));
  }
  if (!leaves_.empty()) stats.push_back(Nullable("nullCount", Type::Struct(CountsOf(indexed))));
  says_tight_bounds_ = HasFeature(protocol, "deletionVectors");
  if (says_tight_bounds_) stats.push_back(Nullable("tightBounds", Type(TypeId::kBoolean)));
  fields_.push_back(Nullable("stats_parsed", Type::Struct(std::move(stats))));
}

void ParsedStats::AddLeaves(const Schema& columns, std::vector<std::string>& path) {
  for (const Field& field : columns) {
    path.push_back(field.name);
    if (field.type.Is(TypeId::kStruct)) {
      AddLeaves(field.type.fields(), path);
    } else {
      leaves_.push_back({.path = path, .type = field.type, .has_bounds = HasBounds(field.type)});
    }
    path.pop_back();
  }
}

void ParsedStats::AddFields(Schema& checkpoint_columns) const {
  if (fields_.empty()) return;
  const auto add = std::ranges::find(checkpoint_columns, "add", &Field::name);
  Schema fields = add->type.fields();
  fields.insert(fields.end(), fields_.begin(), fields_.end());
  add->type = Type::Struct(std::move(fields));
}

arrow::Status ParsedStats::Append(const AddFile& file, arrow::StructBuilder& add, int next) const {
  if (fields_.empty()) return arrow::Status::OK();
  if (!partition_.empty()) {
    auto& values = checked_cast<arrow::StructBuilder&>(*add.field_builder(next++));
    ARROW_RETURN_NOT_OK(AppendPartition(file, values));
  }
  return AppendStats(file, checked_cast<arrow::StructBuilder&>(*add.field_builder(next)));
}

arrow::Status ParsedStats::AppendPartition(const AddFile& file,
                                           arrow::StructBuilder& values) const {
  ARROW_RETURN_NOT_OK(values.Append());
  for (int i = 0; i < values.num_fields(); ++i) {
    const Field& field = partition_[static_cast<size_t>(i)];
    const auto found = file.partition_values.find(field.name);
    const bool is_null =
        found == file.partition_values.end() || !found->second || found->second->empty();
    ARROW_RETURN_NOT_OK(
        AppendText(field.type, is_null ? std::nullopt : found->second, *values.field_builder(i)));
  }
  return arrow::Status::OK();
}

arrow::Status ParsedStats::AppendStats(const AddFile& file, arrow::StructBuilder& stats) const {
  std::vector<const std::vector<std::string>*> paths;
  for (const Leaf& leaf : leaves_) paths.push_back(&leaf.path);
  const auto texts = file.stats.empty() ? std::nullopt : ReadStatsTexts(file.stats, paths);
  if (!texts) return stats.AppendNull();
  ARROW_RETURN_NOT_OK(stats.Append());
  int next = 0;
  const auto append_number = [](std::optional<int64_t> number, arrow::ArrayBuilder& builder) {
    auto& numbers = checked_cast<arrow::Int64Builder&>(builder);
    return number ? numbers.Append(*number) : numbers.AppendNull();
  };
  ARROW_RETURN_NOT_OK(append_number(texts->num_records, *stats.field_builder(next++)));
  for (const bool is_min : {true, false}) {
    if (!has_bounds_) break;
    size_t leaf = 0;
    ARROW_RETURN_NOT_OK(
        AppendLeaves(*stats.field_builder(next++), [&](arrow::ArrayBuilder& builder) {
          while (!leaves_[leaf].has_bounds) ++leaf;
          const StatsTexts::Column& column = texts->columns[leaf];
          return AppendText(leaves_[leaf++].type, is_min ? column.min : column.max, builder);
        }));
  }
  if (!leaves_.empty()) {
    size_t leaf = 0;
    ARROW_RETURN_NOT_OK(
        AppendLeaves(*stats.field_builder(next++), [&](arrow::ArrayBuilder& builder) {
          return append_number(texts->columns[leaf++].null_count, builder);
        }));
  }
  if (!says_tight_bounds_) return arrow::Status::OK();
  auto& tight = checked_cast<arrow::BooleanBuilder&>(*stats.field_builder(next));
  return texts->tight_bounds ? tight.Append(*texts->tight_bounds) : tight.AppendNull();
}

}  // namespace oresmith::delta
