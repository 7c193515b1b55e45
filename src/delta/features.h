#pragma once

// Table features and properties: what a table has, what its properties and types need, and the
// protocol that says so.
// Source: Delta PROTOCOL.md, "Table Features"; Spark, TableFeature, DeltaConfig.

#include <string>
#include <string_view>
#include <vector>

#include "delta/table.h"

namespace oresmith::delta {

/// All features of the protocol: those that it lists, or that its old version number implies.
std::vector<std::string> FeaturesOf(const Protocol& protocol);
bool HasFeature(const Protocol& protocol, std::string_view feature);

/// The least protocol that has also `features` and what they rest on: an old version number where
/// that says exactly the same, else the list of version 7. Never takes anything away.
Protocol WithFeatures(const Protocol& protocol, const std::vector<std::string>& features);

/// The features that the types and properties of `metadata` need.
std::vector<std::string> NeededFeatures(const Metadata& metadata);

/// Takes `delta.feature.<name>` and the protocol's versions out of a configuration: they are wishes
/// for the protocol and are not kept as properties.
struct ProtocolWish {
  Protocol least;  ///< 1/2, or what delta.minReaderVersion and delta.minWriterVersion ask for
  std::vector<std::string> features;
};
/// Errors: kInvalidInput for a value that is not "supported", or no version.
Result<ProtocolWish> TakeProtocolWish(std::string_view table, Properties& configuration);

/// Errors: kUnsupported for a feature that cannot be turned on here; kInvalidInput for one that is
/// not known at all, with the nearest name.
Status CheckNewFeatures(std::string_view table, const std::vector<std::string>& features);

/// For properties that are new or get another value.
/// Errors: kInvalidInput for a `delta.` property that is not known, with the nearest name, and for
/// a value that it cannot have; kUnsupported for one that rests on what is not supported here.
Status CheckNewProperties(std::string_view table, const Properties& configuration);

/// The value of a property, else the default that Delta gives it.
std::string PropertyOr(const Properties& configuration, const std::string& name,
                       std::string_view otherwise);
/// The milliseconds of a property that is an interval; `otherwise` when it is not set or is none.
int64_t IntervalPropertyOr(const Properties& configuration, const std::string& name,
                           int64_t otherwise_ms);
/// The value of a boolean property that is `otherwise` when it is not set.
bool FlagOr(const Properties& configuration, const std::string& name, bool otherwise);

}  // namespace oresmith::delta
