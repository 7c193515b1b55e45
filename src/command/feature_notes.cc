#include "command/feature_notes.h"

#include <algorithm>
#include <string_view>

#include "delta/features.h"

namespace oresmith::command {
namespace {

struct Note {
  std::string_view feature;
  bool stops_readers = false;
  std::string_view who = {};  // still can
};

// Source: the features' pages of Delta's documentation, and the interop tests.
constexpr Note kNotes[] = {
    {"columnMapping", true,
     "Spark with Delta 1.2 or later, Databricks, DuckDB, Fabric (mode name)"},
    {"deletionVectors", true,
     "Spark with Delta 2.3 or later, Databricks, DuckDB, Fabric, deltalake"},
    {"timestampNtz", true, "Spark with Delta 2.4 or later, Databricks, DuckDB, deltalake"},
    {"typeWidening", true, "Spark with Delta 4.0 or later, Databricks"},
    {"v2Checkpoint", true, "Spark with Delta 3.0 or later, Databricks, DuckDB, deltalake"},
    {"vacuumProtocolCheck", true, "Spark with Delta 3.1 or later, Databricks"},
    {"identityColumns", false, "Spark with Delta 3.3 or later, Databricks"},
    {"allowColumnDefaults", false, "Spark with Delta 3.1 or later, Databricks"},
    {"generatedColumns", false, "Spark with Delta 1.0 or later, Databricks, deltalake"},
    {"rowTracking", false, "Spark with Delta 3.2 or later, Databricks"},
    {"inCommitTimestamp", false, "Spark with Delta 3.2 or later, Databricks"},
};

}  // namespace

std::vector<Error> NewFeatureNotes(const std::string& table, const delta::Protocol& before,
                                   const delta::Protocol& after) {
  std::vector<Error> notes;
  for (const std::string& feature : delta::FeaturesOf(after)) {
    const auto* note = std::ranges::find(kNotes, feature, &Note::feature);
    if (note == std::end(kNotes) || delta::HasFeature(before, feature)) continue;
    notes.push_back(MakeError(ErrorKind::kUnsupported,
                              "{} has the table feature {} now: only programs that know it can {} "
                              "it: {}",
                              table, feature, note->stops_readers ? "read" : "write to",
                              note->who));
  }
  return notes;
}

}  // namespace oresmith::command
