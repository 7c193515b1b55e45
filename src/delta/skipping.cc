#include "delta/skipping.h"

#include <parquet/exception.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "delta/column_mapping.h"
#include "delta/row_group_bounds.h"
#include "delta/stats_text.h"
#include "delta/type_widening.h"

namespace oresmith::delta {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

// Spark writes milliseconds and cuts the rest off, of the greatest value too.
constexpr int64_t kCutMicros = 999;

bool IsReal(const Type& type) { return type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble); }
bool IsTime(const Type& type) {
  return type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}

Bounds BoundsOfPartition(const Type& type, const AddFile& file, const std::string& key) {
  const auto found = file.partition_values.find(key);
  if (found == file.partition_values.end()) return {};
  // An empty text of any type is NULL.
  if (!found->second || found->second->empty()) return {.may_be_value = false};
  Bounds bounds{.may_be_null = false};
  bounds.min = ValueOfText(type, *found->second);
  bounds.max = bounds.min;
  return bounds;
}

/// The lesser (`sign` -1) or the greater (1) of the text as a value of the type, and as a FLOAT:
/// its 0.1 stands for another number than that of a DOUBLE.
std::optional<Value> ValueOfFloatText(const Type& type, std::string_view text, int sign) {
  const auto value = ValueOfText(type, text);
  const auto as_float = ValueOfText(Type(TypeId::kFloat), text);
  if (!value || !as_float) return std::nullopt;
  const std::optional<int> order = Compare(*value, *as_float);
  if (!order) return std::nullopt;
  return *order * sign > 0 ? value : as_float;
}

Bounds BoundsOfStats(const Type& type, const StatsTexts::Column& texts,
                     const std::optional<int64_t>& rows, bool was_float) {
  Bounds bounds{.may_be_nan = IsReal(type)};
  if (texts.min) {
    bounds.min = was_float ? ValueOfFloatText(type, *texts.min, -1) : ValueOfText(type, *texts.min);
  }
  if (texts.max) {
    bounds.max = was_float ? ValueOfFloatText(type, *texts.max, 1) : ValueOfText(type, *texts.max);
  }
  if (bounds.max && IsTime(type)) std::get<int64_t>(*bounds.max) += kCutMicros;
  if (texts.null_count) {
    // With wide bounds (tightBounds false) only these two counts mean anything: all we look at.
    bounds.may_be_null = *texts.null_count != 0;
    bounds.may_be_value = !rows || *texts.null_count != *rows;
  }
  return bounds;
}

}  // namespace

struct Skipping::Node {
  Predicate::Kind kind = Predicate::Kind::kAnything;
  Comparison comparison = Comparison::kEqual;
  size_t column = 0;
  std::vector<Value> values;
  bool has_null = false;  // among the literals
  std::vector<std::unique_ptr<Node>> operands;
};

Skipping::~Skipping() = default;

Skipping::Skipping(const Predicate& predicate, const Metadata& metadata)
    : mapping_(ColumnMappingOf(metadata)) {
  root_ = Bind(predicate, metadata);
}

std::unique_ptr<Skipping::Node> Skipping::Bind(const Predicate& predicate,
                                               const Metadata& metadata) {
  using Kind = Predicate::Kind;
  const bool is_leaf =
      predicate.kind != Kind::kAnd && predicate.kind != Kind::kOr && predicate.kind != Kind::kNot;
  if (is_leaf) return BindLeaf(predicate, metadata);
  auto node = std::make_unique<Node>();
  node->kind = predicate.kind;
  for (const Predicate& operand : predicate.operands) {
    node->operands.push_back(Bind(operand, metadata));
  }
  return node;
}

std::unique_ptr<Skipping::Node> Skipping::BindLeaf(const Predicate& predicate,
                                                   const Metadata& metadata) {
  auto anything = std::make_unique<Node>();
  if (predicate.kind == Predicate::Kind::kAnything || predicate.column.empty()) return anything;
  Column column;
  Type level = Type::Struct(metadata.schema);
  for (const std::string& name : predicate.column) {
    if (!level.Is(TypeId::kStruct)) return anything;
    const Field* field = level.FindField(name);
    if (field == nullptr) return anything;
    column.path.push_back(PhysicalName(*field, mapping_));
    column.ids.push_back(ColumnIdOf(*field));
    column.was_float = field->type.Is(TypeId::kDouble) && WasOfType(*field, "float");
    const Type type = field->type;  // `field` lies in `level`
    if (column.path.size() == 1) {
      column.is_partition = std::ranges::find(metadata.partition_columns, field->name) !=
                            metadata.partition_columns.end();
    }
    level = type;
  }
  if (level.IsNested() || level.Is(TypeId::kVoid) || level.Is(TypeId::kVariant)) return anything;
  column.type = level;
  column.is_top_level = column.path.size() == 1;
  auto node = std::make_unique<Node>();
  node->kind = predicate.kind;
  node->comparison = predicate.comparison;
  for (const Literal& literal : predicate.literals) {
    if (std::holds_alternative<std::monostate>(literal.value)) {
      node->has_null = true;
      continue;
    }
    auto value = ValueOfLiteral(level, literal);
    if (!value) return anything;
    node->values.push_back(std::move(*value));
  }
  node->column = columns_.size();
  columns_.push_back(std::move(column));
  return node;
}

Outcomes Skipping::Evaluate(const Node& node, const std::vector<Bounds>& bounds) const {
  switch (node.kind) {
    case Predicate::Kind::kAnything:
      return kMayBeAny;
    case Predicate::Kind::kNot:
      return Negated(Evaluate(*node.operands.front(), bounds));
    case Predicate::Kind::kAnd:
    case Predicate::Kind::kOr: {
      const bool is_and = node.kind == Predicate::Kind::kAnd;
      Outcomes outcomes = is_and ? kMayBeTrue : kMayBeFalse;
      for (const auto& operand : node.operands) {
        const Outcomes other = Evaluate(*operand, bounds);
        outcomes = is_and ? Both(outcomes, other) : Either(outcomes, other);
      }
      return outcomes;
    }
    default:
      return EvaluateLeaf(node, bounds[node.column]);
  }
}

Outcomes Skipping::EvaluateLeaf(const Node& node, const Bounds& bounds) const {
  if (node.kind == Predicate::Kind::kIsNull) return OutcomesOfIsNull(bounds);
  if (node.kind == Predicate::Kind::kIn) {
    Outcomes outcomes = node.has_null ? kMayBeNull : kMayBeFalse;
    for (const Value& value : node.values) {
      outcomes = Either(outcomes, OutcomesOfComparison(bounds, Comparison::kEqual, value));
    }
    return outcomes;
  }
  if (node.values.empty()) return kMayBeNull;  // compared with NULL
  if (node.kind == Predicate::Kind::kStartsWith) {
    const auto* prefix = std::get_if<std::string>(&node.values.front());
    return prefix != nullptr ? OutcomesOfPrefix(bounds, *prefix) : kMayBeAny;
  }
  return OutcomesOfComparison(bounds, node.comparison, node.values.front());
}

bool Skipping::MayMatch(const AddFile& file) const {
  if (!is_useful()) return true;
  std::vector<Bounds> bounds(columns_.size());
  bool all_partition = true;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    all_partition = all_partition && column.is_partition;
    if (column.is_partition) bounds[i] = BoundsOfPartition(column.type, file, column.path.front());
  }
  if ((Evaluate(*root_, bounds) & kMayBeTrue) == 0) return false;
  if (all_partition || file.stats.empty()) return true;
  std::vector<const std::vector<std::string>*> paths;
  for (const Column& column : columns_) paths.push_back(&column.path);
  const std::optional<StatsTexts> texts = ReadStatsTexts(file.stats, paths);
  if (!texts) return true;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_partition) continue;
    bounds[i] = BoundsOfStats(columns_[i].type, texts->columns[i], texts->num_records,
                              columns_[i].was_float);
  }
  return (Evaluate(*root_, bounds) & kMayBeTrue) != 0;
}

Bounds Skipping::BoundsInRowGroup(const Column& column, const parquet::FileMetaData& metadata,
                                  int row_group) const {
  const auto& schema = *metadata.schema();
  const bool by_id = mapping_ == ColumnMapping::kId;
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf) {
    const parquet::schema::Node* node = schema.Column(leaf)->schema_node().get();
    bool same = true;
    for (size_t i = column.path.size(); same && i-- > 0;) {
      same = node->parent() != nullptr &&
             (by_id ? node->field_id() == column.ids[i] : node->name() == column.path[i]);
      if (same) node = node->parent();
    }
    // The root of the schema is the only node without a parent.
    if (!same || node->parent() != nullptr) continue;
    return BoundsOfLeaf(column.type, metadata, row_group, leaf);
  }
  return {};
}

bool Skipping::MayMatch(const parquet::FileMetaData& metadata, int row_group) const {
  if (!is_useful()) return true;
  try {
    std::vector<Bounds> bounds;
    for (const Column& column : columns_) {
      bounds.push_back(column.is_partition ? Bounds()
                                           : BoundsInRowGroup(column, metadata, row_group));
    }
    return (Evaluate(*root_, bounds) & kMayBeTrue) != 0;
  } catch (const parquet::ParquetException&) {
    return true;  // statistics that cannot be read say nothing; the reader finds what is broken
  }
}

std::function<bool(const AddFile&)> MayMatch(const Predicate& predicate, const Metadata& metadata) {
  return [skipping = std::make_shared<const Skipping>(predicate, metadata)](const AddFile& file) {
    return skipping->MayMatch(file);
  };
}

}  // namespace oresmith::delta
