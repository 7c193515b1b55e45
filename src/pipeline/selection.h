#pragma once

// Which tables an update works on, and which of them it empties first: --refresh, --full-refresh.

#include <set>
#include <string>
#include <vector>

#include "pipeline/bind.h"
#include "pipeline/definition.h"
#include "pipeline/pipeline.h"
#include "storage/store.h"

namespace oresmith::pipeline {

class Selection {
 public:
  /// All tables, none of them emptied.
  Selection() = default;

  /// Errors: kNotFound for a name that is no table of the pipeline; kInvalidInput for a full
  /// refresh of one that has `pipelines.reset.allowed` = false.
  static Result<Selection> Make(const Definition& definition, const RunOptions& options);

  bool Runs(const std::string& key) const { return !only_ || only_->contains(key); }
  bool Empties(const std::string& key) const { return emptied_.contains(key); }
  bool empties_any() const { return !emptied_.empty(); }
  /// The same tables, none of them emptied: for the updates that follow the first one of a loop.
  Selection AfterFirst() const;
  const FlowChoices& flow_choices() const { return flow_choices_; }
  /// Tables that were left as they are although all are to be made anew.
  const std::vector<Error>& warnings() const { return warnings_; }

  /// A stream over an emptied table would stop at what it finds there. Errors: kInvalidInput, with
  /// the tables to add.
  Status CheckReaders(const Definition& definition,
                      const std::map<std::string, std::vector<BoundFlow>>& flows) const;

  /// What the emptied tables were made from and is there no more: an error for each, to be shown.
  Result<std::vector<Error>> FindLosses(const Definition& definition, storage::Store& store,
                                        Random& random) const;

 private:
  Status Add(const Definition& definition, const std::string& name, bool emptied);

  std::optional<std::set<std::string>> only_;  // keys; nothing: all
  std::set<std::string> emptied_;              // keys
  FlowChoices flow_choices_;
  std::vector<Error> warnings_;
};

}  // namespace oresmith::pipeline
