#include "pipeline/drift.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace oresmith::pipeline {
namespace {

std::string LastPart(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

std::string ParentOf(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

/// How many objects were looked at, by the path of the objects. An unknown field is counted from
/// the first batch that has it on, the schema's fields beside it in every one.
std::map<std::string, int64_t> ObjectsByParent(const format::JsonStatistics& statistics) {
  std::map<std::string, int64_t> objects;
  for (const format::JsonFieldCount& field : statistics.fields) {
    int64_t& most = objects[ParentOf(field.path)];
    most = std::max(most, field.objects);
  }
  return objects;
}

bool IsNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Where `field` stands as a whole word in [begin, end) of the text.
std::optional<sql::Span> FindWord(std::string_view text, sql::Span within,
                                  const std::string& field) {
  const std::string_view part = text.substr(within.begin, within.end - within.begin);
  for (size_t at = part.find(field); at != std::string_view::npos; at = part.find(field, at + 1)) {
    const bool starts = at == 0 || !IsNameCharacter(part[at - 1]);
    const size_t end = at + field.size();
    const bool ends = end >= part.size() || !IsNameCharacter(part[end]);
    if (starts && ends) {
      return sql::Span{within.begin + static_cast<uint32_t>(at),
                       within.begin + static_cast<uint32_t>(end)};
    }
  }
  return std::nullopt;
}

}  // namespace

DriftLog::DriftLog(std::string dataset, const sql::SourceText& source, sql::Span declaration)
    : dataset_(std::move(dataset)), source_(source), declaration_(declaration) {}

void DriftLog::Add(const std::vector<engine::CallFields>& fields) {
  for (const engine::CallFields& call : fields) {
    fields_[{call.call, ""}].Merge(call.statistics);
  }
}

void DriftLog::AddSource(const std::string& name, const format::JsonStatistics& fields) {
  if (!fields.fields.empty()) fields_[{{}, name}].Merge(fields);
}

SourcePlace DriftLog::PlaceOf(const Owner& owner, const std::string& field) const {
  const bool has_call = owner.call.end > owner.call.begin;
  const sql::Span call = has_call ? owner.call : declaration_;
  if (has_call) {
    if (const auto word = FindWord(source_.text(), call, field)) return source_.Place(*word);
  }
  return source_.Place(call);
}

Error DriftLog::Unknown(const Owner& owner, const format::JsonFieldCount& count,
                        int64_t records) const {
  const std::string field = LastPart(count.path);
  Error error = MakeError(ErrorKind::kBadRecord, "{}: unknown field `{}` was in {} of {} records",
                          dataset_, count.path, count.with, records);
  // A name that is like another one which was there as well is no misspelling of it.
  if (count.twin.empty() || count.with_twin > 0) {
    error.fix = fmt::format("add it to the schema to keep its values: {} <type>", field);
    return std::move(error).At(PlaceOf(owner, field));
  }
  const std::string twin = LastPart(count.twin);
  error.note =
      fmt::format("the schema's field `{}` was in 0 of these {} records", count.twin, count.with);
  error.fix = fmt::format(
      "if `{}` is meant, write it in the schema here in the place of `{}`, or "
      "beside it and coalesce({}, {})",
      field, twin, twin, field);
  return std::move(error).At(PlaceOf(owner, twin));
}

Error DriftLog::Missing(const Owner& owner, const format::JsonFieldCount& field) const {
  return MakeError(ErrorKind::kBadRecord, "{}: field `{}` of the schema was in 0 of {} records",
                   dataset_, field.path, field.objects)
      .At(PlaceOf(owner, LastPart(field.path)))
      .WithFix("check its spelling against the records; its column is NULL in every row");
}

std::map<DriftLog::Key, Error> DriftLog::All() const {
  std::map<Key, Error> all;
  for (const auto& [owner, statistics] : fields_) {
    const std::map<std::string, int64_t> records = ObjectsByParent(statistics);
    for (const format::JsonFieldCount& field : statistics.fields) {
      if (!field.in_schema && field.with > 0) {
        all.emplace(Key{owner, field.path},
                    Unknown(owner, field, records.at(ParentOf(field.path))));
      }
      if (field.in_schema && field.with == 0 && field.objects > 0) {
        all.emplace(Key{owner, field.path}, Missing(owner, field));
      }
    }
  }
  return all;
}

std::vector<Error> DriftLog::Warnings() const {
  std::vector<Error> warnings;
  for (auto& [key, error] : All()) warnings.push_back(error);
  return warnings;
}

std::vector<Error> DriftLog::TakeNew() {
  std::vector<Error> fresh;
  for (auto& [key, error] : All()) {
    if (told_.insert(key).second) fresh.push_back(error);
  }
  return fresh;
}

}  // namespace oresmith::pipeline
