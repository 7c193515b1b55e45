#pragma once

// Datasets whose rows leave for an outside system: CREATE SINK.

#include <string>

#include "connector/sink.h"
#include "pipeline/definition.h"

namespace oresmith::pipeline {

/// It has the property oresmith.sink, which CREATE SINK gives it.
bool IsSink(const Dataset& dataset);

/// What CREATE SINK says; `id` is the flow's. REQUIRES: IsSink(dataset).
connector::SinkOptions OptionsOfSink(const Dataset& dataset, const std::string& id);

}  // namespace oresmith::pipeline
