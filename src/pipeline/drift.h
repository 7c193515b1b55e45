#pragma once

// Fields that a schema names and no record has, and fields that records have and no schema names:
// added up over the epochs of a flow, and told once.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "engine/engine.h"
#include "sql/parser.h"

namespace oresmith::pipeline {

/// One thread at a time.
class DriftLog {
 public:
  /// `source`: the text that the flow's query stands in; must outlive it.
  DriftLog(std::string dataset, const sql::SourceText& source, sql::Span declaration);

  /// Drift of from_json calls in one epoch.
  void Add(const std::vector<engine::FieldDrift>& drift);
  /// Drift of a file source in one epoch; `name` says which.
  void AddSource(const std::string& name, const std::vector<connector::FieldDrift>& drift);

  /// One warning for each unknown field, and for each named field that no record had, over all
  /// epochs so far; with the place to change.
  std::vector<Error> Warnings() const;
  /// Those of Warnings() that were not given by TakeNew before: for the log.
  std::vector<Error> TakeNew();

 private:
  struct Count {
    bool in_schema = false;
    int64_t with = 0;
    int64_t records = 0;
    std::string twin;
    int64_t twin_with = 0;
  };
  struct Key {
    uint32_t begin, end;  // of the call; 0, 0 for a file source
    std::string source;
    std::string path;
    auto operator<=>(const Key&) const = default;
  };
  Error Unknown(const Key& key, const Count& count) const;
  Error Missing(const Key& key, const Count& count) const;
  SourcePlace PlaceOf(const Key& key, const std::string& field) const;
  std::map<Key, Error> All() const;

  std::string dataset_;
  const sql::SourceText& source_;
  sql::Span declaration_;
  std::map<Key, Count> counts_;
  std::vector<Key> told_;
};

}  // namespace oresmith::pipeline
