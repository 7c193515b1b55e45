// One document after another: what is kept, what is taken back, what is reported.

#include <algorithm>

#include "format/json_reader_internal.h"

namespace oresmith::format {

using types::TypeId;

void JsonReader::TakeBack(int64_t length) {
  column_->Truncate(length);
  for (int64_t* const counter : counted_) --*counter;
  counted_.clear();
}

void JsonReader::AppendRowOfNulls() {
  for (Column& child : column_->children) child.AppendNull();
  column_->CountValid();
}

void JsonReader::FillCorruptColumn(std::string_view document, bool bad) {
  if (corrupt_ < 0) return;
  Column& text = column_->children[static_cast<size_t>(corrupt_)];
  // A row of NULLs and a NULL struct have it already.
  if (bad && text.length == column_->length) text.Truncate(text.length - 1);
  while (text.length < column_->length) {
    if (bad) {
      text.AppendText(ReplaceInvalidUtf8(document));
    } else {
      text.AppendNull();
    }
  }
}

void JsonReader::FillRescuedColumn() {
  if (rescued_ < 0) return;
  Column& text = column_->children[static_cast<size_t>(rescued_)];
  if (text.length == column_->length) return;
  if (rescued_text_.empty()) {
    text.AppendNull();
    return;
  }
  rescued_text_ += ",\"_file_path\":";
  AppendQuotedJson(file_uri_, rescued_text_);
  rescued_text_.push_back('}');
  text.AppendText(rescued_text_);
  rescued_text_.clear();
}

// Notes a root field as it stands in the document: the value ends at the cursor.
void JsonReader::Rescue(const JsonString& name, const char* value) {
  rescued_text_.push_back(rescued_text_.empty() ? '{' : ',');
  std::string plain;
  AppendUnescaped(name.raw, plain);
  AppendQuotedJson(plain, rescued_text_);
  rescued_text_.push_back(':');
  rescued_text_.append(value, cursor_.at);
}

JsonOutcome JsonReader::RootRow() {
  const JsonOutcome outcome = Value(*root_node_);
  if (outcome != JsonOutcome::kMismatch) return outcome;
  cursor_.Bad("not an object");
  return JsonOutcome::kSyntax;
}

JsonOutcome JsonReader::RootArray() {
  cursor_.Enter();
  if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
  if (*cursor_.at == ']') return JsonOutcome::kOk;
  JsonOutcome result = JsonOutcome::kOk;
  for (;;) {
    if (*cursor_.at != '{') {
      cursor_.Bad("an element of the array is not an object");
      return JsonOutcome::kSyntax;
    }
    const JsonOutcome outcome = Value(*root_node_);
    if (outcome > JsonOutcome::kPartial) return JsonOutcome::kSyntax;
    if (outcome == JsonOutcome::kPartial) result = outcome;
    // The next row starts with all columns at one length.
    FillCorruptColumn({}, false);
    FillRescuedColumn();
    if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
    const char next = *cursor_.at++;
    if (next == ']') return result;
    if (next != ',') {
      cursor_.Bad("a comma or a closing bracket is missing");
      return JsonOutcome::kSyntax;
    }
    if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
  }
}

// REQUIRES: the document is not blank.
JsonOutcome JsonReader::Document(std::string_view document, bool rows) {
  cursor_ = {.at = document.data(), .end = document.data() + document.size()};
  cursor_.SkipSpace();
  mismatch_.clear();
  rescued_text_.clear();
  counted_.clear();
  const char first = *cursor_.at;
  const TypeId root = column_->id;
  if (rows && first == '[') return RootArray();
  if (root == TypeId::kStruct && first != '{') {
    cursor_.Bad(first == '[' ? "an array, not an object" : "not a JSON object");
    return JsonOutcome::kSyntax;
  }
  if (root == TypeId::kArray && first == '{' &&
      root_node_->children[0].column->id == TypeId::kStruct) {
    // Spark takes a lone object for an array of one.
    JsonNode& element = root_node_->children[0];
    const JsonOutcome outcome = Struct(element);
    if (outcome > JsonOutcome::kPartial) return outcome;
    column_->offsets.Push(static_cast<int32_t>(element.column->length));
    column_->CountValid();
    return outcome;
  }
  return RootRow();
}

Status JsonReader::Report(int64_t index, JsonOutcome outcome) {
  std::string reason = outcome == JsonOutcome::kPartial ? mismatch_ : cursor_.problem;
  if (options_->mode == ParseMode::kFailFast) {
    return Fail(MakeError(ErrorKind::kBadRecord, "{}", reason)
                    .WithFix("set the option mode to PERMISSIVE to get NULL instead"));
  }
  malformed_.push_back(
      {.index = index, .partial = outcome == JsonOutcome::kPartial, .reason = std::move(reason)});
  return {};
}

Status JsonReader::ReadValue(std::string_view document, int64_t index) {
  const int64_t length = column_->length;
  const bool blank = std::all_of(document.begin(), document.end(), JsonCursor::IsSpace);
  if (blank) {
    column_->AppendNull();
    return {};
  }
  JsonOutcome outcome = Document(document, false);
  std::string replaced;
  if (outcome == JsonOutcome::kSyntax && options_->replace_invalid_utf8 && !IsValidUtf8(document)) {
    TakeBack(length);
    replaced = ReplaceInvalidUtf8(document);
    document = replaced;
    outcome = Document(document, false);
  }
  if (outcome == JsonOutcome::kSyntax) {
    TakeBack(length);
    if (column_->id == TypeId::kStruct) {
      AppendRowOfNulls();
    } else {
      column_->AppendNull();
    }
  } else {
    ++objects_;
  }
  FillRescuedColumn();
  FillCorruptColumn(document, outcome != JsonOutcome::kOk);
  return outcome == JsonOutcome::kOk ? Status{} : Report(index, outcome);
}

Status JsonReader::ReadRows(std::string_view document, int64_t index,
                            std::vector<int32_t>& documents) {
  // The usual line starts with a brace; only others need the look at all bytes.
  if (document.empty() ||
      (document[0] != '{' && std::all_of(document.begin(), document.end(), JsonCursor::IsSpace))) {
    return {};
  }
  const int64_t length = column_->length;
  const JsonOutcome outcome = Document(document, options_->arrays_as_rows);
  if (outcome == JsonOutcome::kSyntax ||
      (outcome == JsonOutcome::kPartial && options_->mode == ParseMode::kDropMalformed)) {
    TakeBack(length);
    if (options_->mode == ParseMode::kPermissive) AppendRowOfNulls();
  } else {
    objects_ += column_->length - length;
  }
  FillRescuedColumn();
  if (outcome == JsonOutcome::kOk) {
    FillCorruptColumn(document, false);
  } else if (corrupt_ >= 0) {
    // Each row of a bad document has its whole text.
    column_->children[static_cast<size_t>(corrupt_)].Truncate(length);
    FillCorruptColumn(document, true);
  }
  documents.resize(static_cast<size_t>(column_->length), static_cast<int32_t>(index));
  return outcome == JsonOutcome::kOk ? Status{} : Report(index, outcome);
}

void JsonReader::CollectStatistics(const JsonNode& node, const std::string& path,
                                   std::vector<JsonFieldCount>& out) const {
  const std::string prefix = path.empty() ? "" : path + ".";
  const bool is_object = node.column->id == TypeId::kStruct;
  const int64_t objects = &node == root_node_.get() && is_object
                              ? objects_
                              : node.column->length - node.column->null_count;
  for (size_t i = 0; i < node.children.size(); ++i) {
    const JsonNode& child = node.children[i];
    if (IsSpecialColumn(node, i)) continue;
    if (is_object) {
      out.push_back({.path = prefix + child.name,
                     .in_schema = true,
                     .with = objects - child.missing,
                     .objects = objects,
                     .mismatched = child.mismatched,
                     .twin = {}});
    }
    CollectStatistics(child, prefix + child.name, out);
  }
  for (const UnknownField& field : node.unknown) {
    if (field.with == 0) continue;
    const bool twin = field.twin >= 0;
    out.push_back({.path = prefix + field.name,
                   .with = field.with,
                   .objects = objects,
                   .twin = twin ? prefix + node.children[static_cast<size_t>(field.twin)].name : "",
                   .with_twin = field.with_twin});
  }
}

JsonStatistics JsonReader::Statistics() const {
  JsonStatistics statistics;
  CollectStatistics(*root_node_, "", statistics.fields);
  return statistics;
}

void JsonStatistics::Merge(const JsonStatistics& other) {
  int64_t unknown = std::count_if(fields.begin(), fields.end(),
                                  [](const JsonFieldCount& field) { return !field.in_schema; });
  for (const JsonFieldCount& theirs : other.fields) {
    const auto mine = std::find_if(fields.begin(), fields.end(), [&](const JsonFieldCount& field) {
      return field.path == theirs.path && field.in_schema == theirs.in_schema;
    });
    if (mine == fields.end()) {
      if (!theirs.in_schema && ++unknown > kUnknownFieldsKeptMax) continue;
      fields.push_back(theirs);
      continue;
    }
    mine->with += theirs.with;
    mine->objects += theirs.objects;
    mine->mismatched += theirs.mismatched;
    mine->with_twin += theirs.with_twin;
  }
}

}  // namespace oresmith::format
