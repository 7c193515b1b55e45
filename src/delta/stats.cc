#include "delta/stats.h"

#include <arrow/array.h>
#include <arrow/util/checked_cast.h>

#include <charconv>
#include <optional>
#include <set>

#include "delta/column_mapping.h"
#include "delta/json_internal.h"
#include "delta/protocol.h"

namespace oresmith::delta {

using arrow::internal::checked_cast;
using types::Field;
using types::TypeId;

namespace {

constexpr int kIndexedColumnsDefault = 32;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::set<std::string> SplitColumns(std::string_view list) {
  std::set<std::string> names;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string name;
    for (const char c : Trimmed(list.substr(0, comma))) {
      if (c != '`') name += c;
    }
    names.insert(std::move(name));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return names;
}

}  // namespace

/// Which leaves are looked at: so many of the first, or those that are named.
class ColumnChoice {
 public:
  explicit ColumnChoice(const Properties& configuration) {
    const auto named = configuration.find("delta.dataSkippingStatsColumns");
    if (named != configuration.end()) names_ = SplitColumns(named->second);
    const auto count = configuration.find("delta.dataSkippingNumIndexedCols");
    if (count == configuration.end()) return;
    const std::string& text = count->second;
    std::from_chars(text.data(), text.data() + text.size(), leaves_left_);
    if (leaves_left_ < 0) leaves_left_ = INT32_MAX;
  }

  bool NextLeaf(const std::string& path) {
    if (names_) return IsNamed(path);
    return leaves_left_-- > 0;
  }

 private:
  /// By its own name or by that of a struct around it.
  bool IsNamed(const std::string& path) const {
    for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      if (names_->contains(path.substr(0, dot))) return true;
    }
    return names_->contains(path);
  }

  std::optional<std::set<std::string>> names_;
  int leaves_left_ = kIndexedColumnsDefault;
};

namespace {

types::Schema Chosen(const types::Schema& schema, const std::string& prefix, ColumnChoice& choice) {
  types::Schema chosen;
  for (Field field : schema) {
    const std::string path = prefix + field.name;
    if (!field.type.Is(TypeId::kStruct)) {
      if (choice.NextLeaf(path)) chosen.push_back(std::move(field));
      continue;
    }
    types::Schema inner = Chosen(field.type.fields(), path + ".", choice);
    if (inner.empty()) continue;
    field.type = types::Type::Struct(std::move(inner));
    chosen.push_back(std::move(field));
  }
  return chosen;
}

}  // namespace

types::Schema IndexedColumns(const types::Schema& schema, const Properties& configuration) {
  ColumnChoice choice(configuration);
  return Chosen(schema, "", choice);
}

struct StatsCollector::Node {
  std::string name;
  std::unique_ptr<LeafStats> bounds;  // null: a type without bounds, or a struct
  bool is_struct = false;
  std::vector<std::unique_ptr<Node>> children;  // of a struct, by field; null: not looked at
  int64_t nulls = 0;
  bool has_bounds = false;  // it, or anything in it

  std::string Json(Part part) const {
    if (part == Part::kNullCount) return fmt::format("{}", nulls);
    if (bounds == nullptr) return "";
    return part == Part::kMin ? bounds->MinJson() : bounds->MaxJson();
  }
};

StatsCollector::StatsCollector(const types::Schema& schema, const Properties& configuration)
    : mapping_(ColumnMappingOf(configuration)),
      says_tight_bounds_(IsSet(configuration, "delta.enableDeletionVectors")) {
  ColumnChoice choice(configuration);
  for (const Field& field : schema) columns_.push_back(MakeNode(field, field.name, choice));
}

StatsCollector::~StatsCollector() = default;

std::unique_ptr<StatsCollector::Node> StatsCollector::MakeNode(const Field& field,
                                                               const std::string& path,
                                                               ColumnChoice& choice) const {
  auto node = std::make_unique<Node>();
  node->name = PhysicalName(field, mapping_);
  if (!field.type.Is(TypeId::kStruct)) {
    if (!choice.NextLeaf(path)) return nullptr;
    node->bounds = MakeLeafStats(field.type);
    node->has_bounds = node->bounds != nullptr;
    return node;
  }
  node->is_struct = true;
  bool any = false;
  for (const Field& child : field.type.fields()) {
    node->children.push_back(MakeNode(child, path + "." + child.name, choice));
    if (node->children.back() == nullptr) continue;
    any = true;
    node->has_bounds |= node->children.back()->has_bounds;
  }
  return any ? std::move(node) : nullptr;
}

void StatsCollector::AddTo(Node& node, const arrow::Array& array) {
  if (!node.is_struct) {
    node.nulls += array.null_count();
    if (node.bounds != nullptr) node.bounds->Add(array);
    return;
  }
  const auto& rows = checked_cast<const arrow::StructArray&>(array);
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.children[i] == nullptr) continue;
    // A field of a NULL struct is NULL, whatever stands below it.
    const auto flat = rows.null_count() > 0 ? rows.GetFlattenedField(static_cast<int>(i))
                                            : arrow::Result(rows.field(static_cast<int>(i)));
    ORESMITH_ASSERT(flat.ok());
    AddTo(*node.children[i], **flat);
  }
}

void StatsCollector::Add(const arrow::RecordBatch& batch) {
  rows_ += batch.num_rows();
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] != nullptr) AddTo(*columns_[i], *batch.column(static_cast<int>(i)));
  }
}

void StatsCollector::AppendNodes(const std::vector<std::unique_ptr<Node>>& nodes, Part part,
                                 std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& node : nodes) {
    if (node == nullptr || (part != Part::kNullCount && !node->has_bounds)) continue;
    const std::string json = node->is_struct ? "" : node->Json(part);
    if (!node->is_struct && json.empty()) continue;
    if (!first) out += ',';
    first = false;
    AppendJsonText(node->name, out);
    out += ':';
    if (node->is_struct) {
      AppendNodes(node->children, part, out);
    } else {
      out += json;
    }
  }
  out += '}';
}

std::string StatsCollector::ToJson() const {
  std::string json = fmt::format("{{\"numRecords\":{}", rows_);
  bool any = false;
  bool any_bounds = false;
  for (const auto& column : columns_) {
    any |= column != nullptr;
    any_bounds |= column != nullptr && column->has_bounds;
  }
  if (any_bounds) {
    json += ",\"minValues\":";
    AppendNodes(columns_, Part::kMin, json);
    json += ",\"maxValues\":";
    AppendNodes(columns_, Part::kMax, json);
  }
  if (any) {
    json += ",\"nullCount\":";
    AppendNodes(columns_, Part::kNullCount, json);
  }
  if (says_tight_bounds_) json += ",\"tightBounds\":true";
  return json + "}";
}

}  // namespace oresmith::delta
