#include "pipeline/sink_dataset.h"

#include <algorithm>
#include <string_view>

namespace oresmith::pipeline {
namespace {

constexpr std::string_view kProperty = "oresmith.sink";
constexpr std::string_view kOptionPrefix = "oresmith.sink.";

}  // namespace

bool IsSink(const Dataset& dataset) {
  if (dataset.declaration == nullptr || !dataset.IsStreaming()) return false;
  const auto& properties = dataset.declaration->properties;
  return std::any_of(properties.begin(), properties.end(),
                     [](const sql::Property& property) { return property.key == kProperty; });
}

connector::SinkOptions OptionsOfSink(const Dataset& dataset, const std::string& id) {
  ORESMITH_ASSERT(IsSink(dataset));
  connector::SinkOptions sink{.format = {}, .options = {}, .id = id};
  for (const sql::Property& property : dataset.declaration->properties) {
    if (property.key == kProperty) sink.format = property.value;
    if (property.key.starts_with(kOptionPrefix)) {
      sink.options[property.key.substr(kOptionPrefix.size())] = property.value;
    }
  }
  return sink;
}

}  // namespace oresmith::pipeline
