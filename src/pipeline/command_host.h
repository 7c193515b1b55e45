#pragma once

// What a command of `oresmith query` needs of a pipeline: its names, its storage, its engine.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "command/command.h"
#include "delta/predicate.h"
#include "pipeline/catalog.h"
#include "pipeline/pipeline.h"

namespace oresmith::pipeline {

class CommandHost final : public command::Host {
 public:
  /// All must outlive it.
  CommandHost(const Definition& definition, storage::Store& store, const Environment& environment);

  Result<command::TablePlace> PlaceOf(const std::vector<std::string>& name_parts) override;
  Result<std::vector<command::TablePlace>> Tables(const std::vector<std::string>& schema) override;
  sql::Catalog& catalog() override { return catalog_; }
  Result<std::unique_ptr<columnar::Relation>> OpenScan(const sql::Operator& scan,
                                                       const sql::SourceText& source) override;
  /// As OpenScan; rows for which `condition` is not true may be left out.
  Result<std::unique_ptr<columnar::Relation>> OpenFiltered(const sql::Operator& scan,
                                                           const sql::SourceText& source,
                                                           delta::Predicate condition);
  Result<std::unique_ptr<engine::Engine>> OpenEngine() override;
  std::string time_zone() const override { return definition_.config.time_zone; }
  Result<int64_t> TimeOf(const std::string& sql) override;
  std::string Setting(const std::string& key) const override;
  const Clock& clock() const override { return environment_.clock; }
  Random& random() override { return environment_.random; }

 private:
  const Definition& definition_;
  storage::Store& store_;
  const Environment& environment_;
  PipelineCatalog catalog_;
  std::vector<std::unique_ptr<delta::Table>> tables_;  // behind the relations that were opened
  TablePaths paths_;
};

}  // namespace oresmith::pipeline
