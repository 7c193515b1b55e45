#pragma once

// Fields that a schema names and no record has, and fields that records have and no schema names:
// added up over the epochs of a flow, and told once.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "engine/engine.h"
#include "format/json_statistics.h"
#include "sql/parser.h"

namespace oresmith::pipeline {

/// One thread at a time.
class DriftLog {
 public:
  /// `source`: the text that the flow's query stands in; must outlive it.
  DriftLog(std::string dataset, const sql::SourceText& source, sql::Span declaration);

  /// The fields that from_json calls met in one epoch.
  void Add(const std::vector<engine::CallFields>& fields);
  /// The fields that a source's records had in one epoch; `name` says which source.
  void AddSource(const std::string& name, const format::JsonStatistics& fields);

  /// One warning for each unknown field, and for each named field that no record had, over all
  /// epochs so far; with the place to change.
  std::vector<Error> Warnings() const;
  /// Those of Warnings() that were not given by TakeNew before: for the log.
  std::vector<Error> TakeNew();

 private:
  /// Whose fields: a from_json call's, or a source's.
  struct Owner {
    sql::Span call;  // empty for a source
    std::string source;
    auto operator<=>(const Owner& other) const {
      return std::tie(call.begin, call.end, source) <=>
             std::tie(other.call.begin, other.call.end, other.source);
    }
    bool operator==(const Owner& other) const { return (*this <=> other) == 0; }
  };
  using Key = std::pair<Owner, std::string>;  // and the field's path
  Error Unknown(const Owner& owner, const format::JsonFieldCount& field, int64_t records) const;
  Error Missing(const Owner& owner, const format::JsonFieldCount& field) const;
  SourcePlace PlaceOf(const Owner& owner, const std::string& field) const;
  std::map<Key, Error> All() const;

  std::string dataset_;
  const sql::SourceText& source_;
  sql::Span declaration_;
  std::map<Owner, format::JsonStatistics> fields_;
  std::set<Key> told_;
};

}  // namespace oresmith::pipeline
