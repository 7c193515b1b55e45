#include "delta/features.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/near.h"
#include "delta/checkpoint.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

struct Feature {
  std::string_view name;
  bool for_readers = false;  ///< a reader must know it too
  bool can_be_added = false;
  std::string_view rests_on = {};
};

constexpr Feature kFeatures[] = {
    {.name = "appendOnly", .can_be_added = true},
    {.name = "invariants", .can_be_added = true},
    {.name = "checkConstraints", .can_be_added = true},
    {.name = "generatedColumns", .can_be_added = true},
    {.name = "allowColumnDefaults", .can_be_added = true},
    {.name = "changeDataFeed", .can_be_added = true},
    {.name = "identityColumns", .can_be_added = true},
    {.name = "domainMetadata", .can_be_added = true},
    {.name = "rowTracking", .can_be_added = true, .rests_on = "domainMetadata"},
    {.name = "inCommitTimestamp", .can_be_added = true},
    {.name = "clustering", .rests_on = "domainMetadata"},
    {.name = "icebergCompatV1", .rests_on = "columnMapping"},
    {.name = "icebergCompatV2", .rests_on = "columnMapping"},
    {.name = "columnMapping", .for_readers = true, .can_be_added = true},
    {.name = "deletionVectors", .for_readers = true, .can_be_added = true},
    {.name = "timestampNtz", .for_readers = true, .can_be_added = true},
    {.name = "v2Checkpoint", .for_readers = true, .can_be_added = true},
    {.name = "vacuumProtocolCheck", .for_readers = true, .can_be_added = true},
    {.name = "typeWidening", .for_readers = true, .can_be_added = true},
    {.name = "typeWidening-preview", .for_readers = true},
    {.name = "catalogManaged", .for_readers = true, .rests_on = "inCommitTimestamp"},
    {.name = "variantType", .for_readers = true},
    {.name = "variantShredding", .for_readers = true},
};

const Feature* FindFeature(std::string_view name) {
  const auto* found = std::ranges::find(kFeatures, name, &Feature::name);
  return found == std::end(kFeatures) ? nullptr : found;
}

struct LegacyFeature {
  int writer_version;
  std::string_view name;
};
// Each version means those before it too.
constexpr LegacyFeature kLegacy[] = {
    {2, "appendOnly"},       {2, "invariants"},    {3, "checkConstraints"}, {4, "changeDataFeed"},
    {4, "generatedColumns"}, {5, "columnMapping"}, {6, "identityColumns"}};

constexpr int kFeatureReader = 3;
constexpr int kFeatureWriter = 7;

std::vector<std::string> LegacyFeatures(int writer_version) {
  std::vector<std::string> names;
  for (const LegacyFeature& feature : kLegacy) {
    if (feature.writer_version <= writer_version) names.emplace_back(feature.name);
  }
  return names;
}

int LegacyReader(int writer_version) { return writer_version >= 5 ? 2 : 1; }

/// Also what it rests on.
void AddFeature(std::string_view name, std::vector<std::string>& names) {
  if (std::ranges::count(names, name) > 0) return;
  const Feature* feature = FindFeature(name);
  if (feature != nullptr && !feature->rests_on.empty()) AddFeature(feature->rests_on, names);
  names.emplace_back(name);
}

bool SameNames(std::vector<std::string> left, std::vector<std::string> right) {
  std::ranges::sort(left);
  std::ranges::sort(right);
  return left == right;
}

Protocol ListedProtocol(const Protocol& before, std::vector<std::string> names) {
  Protocol protocol = before;
  protocol.min_writer_version = kFeatureWriter;
  std::vector<std::string> readers;
  for (const std::string& name : names) {
    const Feature* feature = FindFeature(name);
    const bool listed = std::ranges::count(before.reader_features.value_or(readers), name) > 0;
    if (listed || (feature != nullptr && feature->for_readers)) readers.push_back(name);
  }
  protocol.writer_features = std::move(names);
  const bool only_mapping = readers.size() == 1 && readers[0] == "columnMapping";
  if (before.min_reader_version >= kFeatureReader || (!readers.empty() && !only_mapping)) {
    protocol.min_reader_version = kFeatureReader;
    protocol.reader_features = std::move(readers);
  } else if (only_mapping) {
    protocol.min_reader_version = 2;
  }
  return protocol;
}

Error Unknown(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  Error error = MakeError(ErrorKind::kInvalidInput, "{} '{}' is not known", what, name);
  const std::string near = Nearest(name, known);
  if (!near.empty()) error.fix = fmt::format("did you mean {}?", near);
  return error;
}

enum class ValueKind { kAny, kFlag, kInterval, kCount, kOneOf };

struct Property {
  std::string_view name;
  ValueKind kind = ValueKind::kAny;
  std::string_view values = {};   ///< of kOneOf, with a space between; the first is the default
  std::string_view feature = {};  ///< what it needs when it is on: `true`, or not the default
  bool can_be_on = true;
};

constexpr Property kProperties[] = {
    {"delta.appendOnly", ValueKind::kFlag, {}, "appendOnly"},
    {"delta.autoOptimize.autoCompact"},
    {"delta.autoOptimize.optimizeWrite", ValueKind::kFlag},
    {"delta.checkpoint.writeStatsAsJson", ValueKind::kFlag},
    {"delta.checkpoint.writeStatsAsStruct", ValueKind::kFlag},
    {"delta.checkpointInterval", ValueKind::kCount},
    {"delta.checkpointPolicy", ValueKind::kOneOf, "classic v2", "v2Checkpoint"},
    {"delta.checkpointRetentionDuration", ValueKind::kInterval},
    {"delta.columnMapping.mode", ValueKind::kOneOf, "none name id", "columnMapping"},
    {"delta.columnMapping.maxColumnId", ValueKind::kAny},
    {"delta.dataSkippingNumIndexedCols"},
    {"delta.dataSkippingStatsColumns"},
    {"delta.dataSkippingStringPrefixLength", ValueKind::kCount},
    {"delta.deletedFileRetentionDuration", ValueKind::kInterval},
    {"delta.enableChangeDataFeed", ValueKind::kFlag, {}, "changeDataFeed"},
    {"delta.enableDeletionVectors", ValueKind::kFlag, {}, "deletionVectors"},
    {"delta.enableExpiredLogCleanup", ValueKind::kFlag},
    {"delta.enableIcebergCompatV1", ValueKind::kFlag, {}, "icebergCompatV1", false},
    {"delta.enableIcebergCompatV2", ValueKind::kFlag, {}, "icebergCompatV2", false},
    {"delta.enableInCommitTimestamps", ValueKind::kFlag, {}, "inCommitTimestamp"},
    {"delta.enableRowTracking", ValueKind::kFlag, {}, "rowTracking"},
    {"delta.enableTypeWidening", ValueKind::kFlag, {}, "typeWidening"},
    {"delta.enableVariantShredding", ValueKind::kFlag, {}, "variantShredding", false},
    {"delta.inCommitTimestampEnablementTimestamp", ValueKind::kCount},
    {"delta.inCommitTimestampEnablementVersion", ValueKind::kCount},
    {"delta.isolationLevel", ValueKind::kOneOf, "Serializable WriteSerializable"},
    {"delta.logRetentionDuration", ValueKind::kInterval},
    {"delta.minReaderVersion", ValueKind::kCount},
    {"delta.minWriterVersion", ValueKind::kCount},
    {"delta.parquet.compression.codec"},
    {"delta.parquet.format.version"},
    {"delta.randomPrefixLength", ValueKind::kCount},
    {"delta.randomizeFilePrefixes", ValueKind::kFlag},
    {"delta.requireCheckpointProtectionBeforeVersion", ValueKind::kAny, {}, {}, false},
    {"delta.rowTracking.materializedRowCommitVersionColumnName"},
    {"delta.rowTracking.materializedRowIdColumnName"},
    {"delta.rowTrackingSuspended", ValueKind::kFlag},
    {"delta.setTransactionRetentionDuration", ValueKind::kInterval},
    {"delta.targetFileSize"},
    {"delta.tuneFileSizesForRewrites", ValueKind::kFlag},
    {"delta.universalFormat.enabledFormats", ValueKind::kAny, {}, {}, false},
};
// Whatever follows these is the user's name for something.
constexpr std::string_view kFeaturePrefix = "delta.feature.";
constexpr std::string_view kConstraintPrefix = "delta.constraints.";

std::optional<int64_t> Count(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool IsOn(const Property& property, const std::string& value) {
  if (property.kind == ValueKind::kFlag) return Lower(value) == "true";
  if (property.kind == ValueKind::kOneOf) return value != Words(property.values).front();
  return true;
}

/// What the value must be when it is not that; "" when it is fine.
std::string WhatItMustBe(const Property& property, const std::string& value) {
  switch (property.kind) {
    case ValueKind::kAny:
      return "";
    case ValueKind::kFlag:
      return Lower(value) == "true" || Lower(value) == "false" ? "" : "true or false";
    case ValueKind::kInterval:
      return ParseIntervalMillis(value) ? "" : "an interval such as 'interval 7 days'";
    case ValueKind::kCount:
      return Count(value) ? "" : "a whole number";
    case ValueKind::kOneOf: {
      const std::vector<std::string> values = Words(property.values);
      if (std::ranges::count(values, value) > 0) return "";
      return fmt::format("{}", fmt::join(values, " or "));
    }
  }
  return "";
}

Status CheckProperty(std::string_view table, const std::string& name, const std::string& value) {
  const auto* property = std::ranges::find(kProperties, name, &Property::name);
  if (property == std::end(kProperties)) {
    std::vector<std::string> known;
    for (const Property& other : kProperties) known.emplace_back(other.name);
    return Fail(Unknown(fmt::format("{}: table property", table), name, known));
  }
  const std::string must_be = WhatItMustBe(*property, value);
  if (!must_be.empty()) {
    return Fail(ErrorKind::kInvalidInput, "{}: table property '{}' must be {}, not '{}'", table,
                name, must_be, value);
  }
  if (property->can_be_on || !IsOn(*property, value)) return {};
  Error error = MakeError(ErrorKind::kUnsupported,
                          "{}: table property '{}' = '{}' is not supported", table, name, value);
  error.fix = "leave the property out: tables are written so that every reader can read them";
  return Fail(std::move(error));
}

}  // namespace

std::vector<std::string> FeaturesOf(const Protocol& protocol) {
  if (protocol.min_writer_version < kFeatureWriter) {
    return LegacyFeatures(protocol.min_writer_version);
  }
  return protocol.writer_features.value_or(std::vector<std::string>());
}

bool HasFeature(const Protocol& protocol, std::string_view feature) {
  if (protocol.min_writer_version >= kFeatureWriter) {
    return protocol.writer_features && std::ranges::count(*protocol.writer_features, feature) > 0;
  }
  return std::ranges::any_of(kLegacy, [&](const LegacyFeature& legacy) {
    return legacy.name == feature && legacy.writer_version <= protocol.min_writer_version;
  });
}

Protocol WithFeatures(const Protocol& protocol, const std::vector<std::string>& features) {
  std::vector<std::string> names = FeaturesOf(protocol);
  const size_t before = names.size();
  for (const std::string& feature : features) AddFeature(feature, names);
  if (names.size() == before) return protocol;
  // The versions below 2 are no longer made.
  if (protocol.min_writer_version < 2) {
    for (const std::string& feature : LegacyFeatures(2)) AddFeature(feature, names);
  }
  const int first = std::max(2, protocol.min_writer_version);
  for (int version = first; version < kFeatureWriter; ++version) {
    if (!SameNames(names, LegacyFeatures(version))) continue;
    const int reader = std::max(protocol.min_reader_version, LegacyReader(version));
    return {.min_reader_version = reader,
            .min_writer_version = version,
            .reader_features = std::nullopt,
            .writer_features = std::nullopt};
  }
  return ListedProtocol(protocol, std::move(names));
}

std::vector<std::string> NeededFeatures(const Metadata& metadata) {
  std::vector<std::string> names = FeaturesOfSchema(metadata.schema);
  for (const auto& [name, value] : metadata.configuration) {
    if (name.starts_with(kConstraintPrefix)) AddFeature("checkConstraints", names);
    const auto* property = std::ranges::find(kProperties, name, &Property::name);
    if (property == std::end(kProperties) || property->feature.empty()) continue;
    if (IsOn(*property, value)) AddFeature(property->feature, names);
  }
  return names;
}

Result<ProtocolWish> TakeProtocolWish(std::string_view table, Properties& configuration) {
  ProtocolWish wish;
  for (auto it = configuration.begin(); it != configuration.end();) {
    const auto& [name, value] = *it;
    const bool is_reader = name == "delta.minReaderVersion";
    if (name.starts_with(kFeaturePrefix)) {
      if (value != "supported" && value != "enabled") {
        return Fail(ErrorKind::kInvalidInput, "{}: table property '{}' must be supported, not '{}'",
                    table, name, value);
      }
      wish.features.push_back(name.substr(kFeaturePrefix.size()));
    } else if (is_reader || name == "delta.minWriterVersion") {
      const std::optional<int64_t> version = Count(value);
      const int newest = is_reader ? kFeatureReader : kFeatureWriter;
      if (!version || *version < 1 || *version > newest) {
        return Fail(ErrorKind::kInvalidInput,
                    "{}: table property '{}' must be a version from 1 to {}, not '{}'", table, name,
                    newest, value);
      }
      int& least = is_reader ? wish.least.min_reader_version : wish.least.min_writer_version;
      least = std::max(least, static_cast<int>(*version));
    } else {
      ++it;
      continue;
    }
    it = configuration.erase(it);
  }
  Protocol& least = wish.least;
  if (least.min_reader_version == 2) {
    least.min_writer_version = std::max(least.min_writer_version, 5);
  }
  if (least.min_writer_version == kFeatureWriter || least.min_reader_version == kFeatureReader) {
    least.min_writer_version = kFeatureWriter;
    least.writer_features = LegacyFeatures(2);
  }
  if (least.min_reader_version == kFeatureReader)
    least.reader_features = std::vector<std::string>();
  return wish;
}

Status CheckNewFeatures(std::string_view table, const std::vector<std::string>& features) {
  for (const std::string& name : features) {
    const Feature* feature = FindFeature(name);
    if (feature == nullptr) {
      std::vector<std::string> known;
      for (const Feature& other : kFeatures) known.emplace_back(other.name);
      return Fail(Unknown(fmt::format("{}: table feature", table), name, known));
    }
    if (feature->can_be_added) continue;
    return Fail(ErrorKind::kUnsupported, "{}: table feature '{}' is not supported", table, name);
  }
  return {};
}

Status CheckNewProperties(std::string_view table, const Properties& configuration) {
  for (const auto& [name, value] : configuration) {
    if (!name.starts_with("delta.") || name.starts_with(kConstraintPrefix)) continue;
    TRY_DO(CheckProperty(table, name, value));
  }
  return {};
}

std::string PropertyOr(const Properties& configuration, const std::string& name,
                       std::string_view otherwise) {
  const auto found = configuration.find(name);
  return found == configuration.end() ? std::string(otherwise) : found->second;
}

int64_t IntervalPropertyOr(const Properties& configuration, const std::string& name,
                           int64_t otherwise_ms) {
  const auto found = configuration.find(name);
  if (found == configuration.end()) return otherwise_ms;
  return ParseIntervalMillis(found->second).value_or(otherwise_ms);
}

bool FlagOr(const Properties& configuration, const std::string& name, bool otherwise) {
  const std::string value = Lower(PropertyOr(configuration, name, ""));
  return value == "true" || (otherwise && value != "false");
}

}  // namespace oresmith::delta
