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

void DriftLog::Add(const std::vector<engine::FieldDrift>& drift) {
  for (const engine::FieldDrift& field : drift) {
    Count& count = counts_[{field.call.begin, field.call.end, "", field.path}];
    count.in_schema = field.in_schema;
    count.with += field.records_with;
    count.records += field.records;
    count.twin_with += field.twin_with;
    if (!field.twin.empty()) count.twin = field.twin;
  }
}

void DriftLog::AddSource(const std::string& name, const std::vector<connector::FieldDrift>& drift) {
  for (const connector::FieldDrift& field : drift) {
    Count& count = counts_[{0, 0, name, field.path}];
    count.in_schema = field.in_schema;
    count.with += field.records_with;
    count.records += field.records;
    if (!field.twin.empty()) count.twin = field.twin;
  }
}

SourcePlace DriftLog::PlaceOf(const Key& key, const std::string& field) const {
  const bool has_call = key.end > key.begin;
  const sql::Span call = has_call ? sql::Span{key.begin, key.end} : declaration_;
  if (has_call) {
    if (const auto word = FindWord(source_.text(), call, field)) return source_.Place(*word);
  }
  return source_.Place(call);
}

Error DriftLog::Unknown(const Key& key, const Count& count) const {
  const std::string field = LastPart(key.path);
  Error error = MakeError(ErrorKind::kBadRecord, "{}: unknown field `{}` was in {} of {} records",
                          dataset_, key.path, count.with, count.records);
  if (count.twin.empty()) {
    error.fix = fmt::format("add it to the schema to keep its values: {} <type>", field);
    return std::move(error).At(PlaceOf(key, field));
  }
  const std::string twin = LastPart(count.twin);
  error.note = fmt::format("the schema's field `{}` was in {} of these {} records", count.twin,
                           count.twin_with, count.with);
  error.fix = fmt::format(
      "if `{}` is meant, write it in the schema here in the place of `{}`, or "
      "beside it and coalesce({}, {})",
      field, twin, twin, field);
  return std::move(error).At(PlaceOf(key, twin));
}

Error DriftLog::Missing(const Key& key, const Count& count) const {
  return MakeError(ErrorKind::kBadRecord, "{}: field `{}` of the schema was in 0 of {} records",
                   dataset_, key.path, count.records)
      .At(PlaceOf(key, LastPart(key.path)))
      .WithFix("check its spelling against the records; its column is NULL in every row");
}

std::map<DriftLog::Key, Error> DriftLog::All() const {
  std::map<Key, Error> all;
  for (const auto& [key, count] : counts_) {
    if (!count.in_schema && count.with > 0) all.emplace(key, Unknown(key, count));
    if (count.in_schema && count.with == 0 && count.records > 0) {
      all.emplace(key, Missing(key, count));
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
    if (std::find(told_.begin(), told_.end(), key) != told_.end()) continue;
    told_.push_back(key);
    fresh.push_back(error);
  }
  return fresh;
}

}  // namespace oresmith::pipeline
