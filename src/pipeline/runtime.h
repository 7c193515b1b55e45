#pragma once

// What the flows of one update share.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "connector/delta_feed/recent_batches.h"
#include "delta/table.h"
#include "engine/engine.h"
#include "pipeline/compactor.h"
#include "pipeline/definition.h"
#include "pipeline/pipeline.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// Delta tables that are open, by the key of their dataset. One thread at a time.
using OpenTables = std::map<std::string, std::unique_ptr<delta::Table>>;

struct Runtime {
  const Definition& definition;
  const Environment& environment;
  storage::Store& store;
  engine::Engine* engine;  // set before a flow is opened
  connector::RecentBatches& recent;
  OpenTables& tables;
  Compactor& compactor;
  /// Sources stop at what is there when the update begins; false: it runs until it is stopped.
  bool available_now = true;
  /// Shows progress when it is time to; cheap to call often.
  std::function<void()> tick;
};

}  // namespace oresmith::pipeline
