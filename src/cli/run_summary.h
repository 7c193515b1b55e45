#pragma once

// What a run says at its end.

#include <string>

#include "pipeline/pipeline.h"

namespace oresmith::cli {

/// One line per table with its counts, then where the tables lie and how to ask them: `query_call`
/// is what QueryCall gives.
std::string RenderSummary(const pipeline::UpdateSummary& summary, const std::string& storage_root,
                          const std::string& query_call);

/// `oresmith query shop`, or `oresmith query` for the current folder: `program` is a shell word,
/// `directory` as it was given on the command line.
std::string QueryCall(const std::string& program, const std::string& directory);

}  // namespace oresmith::cli
