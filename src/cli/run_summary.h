#pragma once

// What a run says at its end.

#include <string>

#include "pipeline/pipeline.h"

namespace oresmith::cli {

/// One line per table with its counts, then where the tables lie and how to ask them. `directory`
/// is the pipeline's folder as it was given on the command line.
std::string RenderSummary(const pipeline::UpdateSummary& summary, const std::string& storage_root,
                          const std::string& directory);

/// `oresmith query shop`, or `oresmith query` for the current folder.
std::string QueryCall(const std::string& directory);

}  // namespace oresmith::cli
