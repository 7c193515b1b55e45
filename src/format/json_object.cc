// Objects: fields by name, missing and unknown ones.

#include <fmt/format.h>

#include <algorithm>

#include "base/near.h"
#include "format/json_reader_internal.h"

namespace oresmith::format {

using types::TypeId;

namespace {

// How much of a value is shown in a reason.
constexpr size_t kShownBytesMax = 60;

std::string Shown(const char* begin, const char* end) {
  std::string_view text(begin, static_cast<size_t>(end - begin));
  if (text.size() <= kShownBytesMax) return ReplaceInvalidUtf8(text);
  text = text.substr(0, kShownBytesMax);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) {
    text.remove_suffix(1);
  }
  return ReplaceInvalidUtf8(text) + "...";
}

JsonNode MakeNode(const types::Type& type, Column& column, std::string_view name) {
  JsonNode node;
  node.name = name;
  node.column = &column;
  node.type = &type;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  });
  if (plain) node.key = fmt::format("\"{}\"", name);
  switch (type.id()) {
    case TypeId::kArray:
      node.children.push_back(MakeNode(type.element(), column.children[0], "element"));
      break;
    case TypeId::kMap:
      node.children.push_back(MakeNode(type.key(), column.children[0], "key"));
      node.children.push_back(MakeNode(type.value(), column.children[1], "value"));
      break;
    case TypeId::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        const types::Field& field = type.fields()[i];
        node.children.push_back(MakeNode(field.type, column.children[i], field.name));
        node.by_name.emplace(field.name, static_cast<int>(i));
        node.next.push_back(static_cast<int>(i));
      }
      node.next.push_back(node.next.empty() ? -1 : 0);
      break;
    default:
      break;
  }
  return node;
}

}  // namespace

Result<JsonReader> JsonReader::Make(const types::Type& root, const JsonOptions& options) {
  JsonReader reader;
  reader.options_ = &options;
  TRY(Column column, Column::Make(root));
  reader.column_ = std::make_unique<Column>(std::move(column));
  reader.root_node_ = std::make_unique<JsonNode>(MakeNode(root, *reader.column_, ""));
  if (root.Is(TypeId::kStruct)) {
    for (size_t i = 0; i < root.fields().size(); ++i) {
      const std::string& name = root.fields()[i].name;
      const bool rescued = !options.rescued_column.empty() && name == options.rescued_column;
      if (name != options.corrupt_column && !rescued) continue;
      (rescued ? reader.rescued_ : reader.corrupt_) = static_cast<int>(i);
      reader.root_node_->by_name.erase(name);
      reader.root_node_->children[i].key.clear();
    }
  }
  return reader;
}

// Reads a name and its colon; `index` is the child of that name, or -1.
bool JsonReader::FindChild(JsonNode& object, int previous, int& index, JsonString& name) {
  const int expected = object.next[static_cast<size_t>(previous + 1)];
  if (expected >= 0) {
    const std::string& key = object.children[static_cast<size_t>(expected)].key;
    if (!key.empty() && static_cast<size_t>(cursor_.end - cursor_.at) > key.size() &&
        std::memcmp(cursor_.at, key.data(), key.size()) == 0) {
      name = {.raw = std::string_view(cursor_.at + 1, key.size() - 2)};
      cursor_.at += key.size();
      index = expected;
      if (*cursor_.at == ':' && cursor_.end - cursor_.at > 1) {
        ++cursor_.at;
        return !JsonCursor::IsSpace(*cursor_.at) || cursor_.SkipSpaceInside();
      }
      return cursor_.ReadColon();
    }
  }
  if (!cursor_.ReadName(name)) return false;
  std::string_view text = name.raw;
  if (name.escaped) {
    text_.clear();
    AppendUnescaped(name.raw, text_);
    text = text_;
  }
  const auto found = object.by_name.find(text);
  if (found == object.by_name.end()) {
    index = -1;
    ++surprises_;
    return CountUnknown(object, name);
  }
  index = found->second;
  object.next[static_cast<size_t>(previous + 1)] = index;
  return true;
}

bool JsonReader::CountUnknown(JsonNode& object, const JsonString& name) {
  std::string_view text = name.raw;
  std::string unescaped;
  if (name.escaped) {
    AppendUnescaped(name.raw, unescaped);
    text = unescaped;
  }
  std::vector<UnknownField>& unknown = object.unknown;
  size_t place = object.unknown_next;
  if (place >= unknown.size() || unknown[place].name != text) {
    place = 0;
    while (place < unknown.size() && unknown[place].name != text) ++place;
    if (place == unknown.size()) {
      if (place == kUnknownFieldsMax || text.size() > 256) return true;
      std::vector<std::string> names;
      for (const JsonNode& child : object.children) names.push_back(child.name);
      const std::string twin = Nearest(text, names);
      const auto found = std::find(names.begin(), names.end(), twin);
      const bool near = !twin.empty() && found != names.end();
      unknown.push_back(
          {.name = std::string(text), .twin = near ? static_cast<int>(found - names.begin()) : -1});
    }
  }
  object.unknown_next = place + 1;
  object.unknown_here.push_back(static_cast<int>(place));
  return true;
}

// Reads the value of the child `index` of an object whose children had `row` values before it.
JsonOutcome JsonReader::Field(JsonNode& object, int index, int64_t row) {
  JsonNode& child = object.children[static_cast<size_t>(index)];
  if (child.column->length != row) return FieldAgain(child, row);
  const char* const begin = cursor_.at;
  const int depth = cursor_.depth;
  child.start = begin;
  const JsonOutcome outcome = Value(child);
  if (outcome != JsonOutcome::kMismatch) return outcome;
  child.column->Truncate(row);
  cursor_.at = begin;
  cursor_.depth = depth;
  if (!cursor_.SkipValue()) return JsonOutcome::kSyntax;
  ++surprises_;
  ++child.mismatched;
  counted_.push_back(&child.mismatched);
  if (mismatch_.empty()) {
    mismatch_ = fmt::format("field {}: {} does not fit the type {}", child.name,
                            Shown(begin, cursor_.at), child.type->ToSql());
  }
  child.column->AppendNull();
  return JsonOutcome::kPartial;
}

// The second field of one name replaces the first, unless it does not fit.
JsonOutcome JsonReader::FieldAgain(JsonNode& child, int64_t row) {
  const char* const first = child.start;
  const char* const begin = cursor_.at;
  const int depth = cursor_.depth;
  child.column->Truncate(row);
  const JsonOutcome outcome = Value(child);
  if (outcome != JsonOutcome::kMismatch) {
    child.start = begin;
    return outcome;
  }
  child.column->Truncate(row);
  cursor_.at = begin;
  cursor_.depth = depth;
  if (!cursor_.SkipValue()) return JsonOutcome::kSyntax;
  const char* const after = cursor_.at;
  ++surprises_;
  if (mismatch_.empty()) {
    mismatch_ = fmt::format("field {}: {} does not fit the type {}", child.name,
                            Shown(begin, after), child.type->ToSql());
  }
  cursor_.at = first;
  if (Value(child) == JsonOutcome::kMismatch) {
    child.column->Truncate(row);
    child.column->AppendNull();
  }
  child.start = first;
  cursor_.at = after;
  cursor_.depth = depth;
  return JsonOutcome::kPartial;
}

JsonOutcome JsonReader::Struct(JsonNode& node) {
  Column& column = *node.column;
  if (*cursor_.at != '{') return NullOr(column, JsonOutcome::kMismatch);
  if (!cursor_.Enter() || !cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
  const int64_t row = column.length;
  JsonOutcome result = JsonOutcome::kOk;
  size_t found = 0;
  int previous = -1;
  node.unknown_next = 0;
  node.unknown_here.clear();
  if (*cursor_.at == '}') {
    ++cursor_.at;
  } else {
    for (;;) {
      int index = -1;
      const int64_t surprises = surprises_;
      JsonString name;
      if (!FindChild(node, previous, index, name)) return JsonOutcome::kSyntax;
      const char* const value = cursor_.at;
      if (index < 0) {
        if (!cursor_.SkipValue()) return JsonOutcome::kSyntax;
      } else {
        if (node.children[static_cast<size_t>(index)].column->length == row) ++found;
        const JsonOutcome outcome = Field(node, index, row);
        if (outcome == JsonOutcome::kSyntax) return outcome;
        if (outcome == JsonOutcome::kPartial) result = outcome;
        previous = index;
      }
      if (surprises_ != surprises && rescued_ >= 0 && &node == root_node_.get()) {
        Rescue(name, value);
      }
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
      const char next = *cursor_.at++;
      if (next == '}') break;
      if (next != ',') {
        cursor_.Bad("a comma or a closing bracket is missing");
        return JsonOutcome::kSyntax;
      }
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
    }
  }
  --cursor_.depth;
  EndObject(node, row, found);
  column.CountValid();
  return result;
}

void JsonReader::EndObject(JsonNode& object, int64_t row, size_t found) {
  for (const int place : object.unknown_here) {
    UnknownField& field = object.unknown[static_cast<size_t>(place)];
    ++field.with;
    counted_.push_back(&field.with);
    if (field.twin < 0 || object.children[static_cast<size_t>(field.twin)].column->length == row) {
      continue;
    }
    ++field.with_twin;
    counted_.push_back(&field.with_twin);
  }
  if (found == object.children.size()) return;
  for (size_t i = 0; i < object.children.size(); ++i) {
    JsonNode& child = object.children[i];
    if (child.column->length != row || IsSpecialColumn(object, i)) continue;
    child.column->AppendNull();
    ++child.missing;
    counted_.push_back(&child.missing);
  }
}

}  // namespace oresmith::format
