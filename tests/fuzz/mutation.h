#pragma once

// Breaking the objects of a table.

#include <cstdint>
#include <random>
#include <string>

#include "fuzz/seeds.h"

namespace oresmith::fuzz {

/// The same seed breaks the same objects in the same way.
class Mutation {
 public:
  explicit Mutation(uint64_t seed) : engine_(seed) {}

  /// Below `end`. REQUIRES: end > 0.
  uint64_t Below(uint64_t end) { return engine_() % end; }
  /// Changes, removes or exchanges one to three objects.
  void Break(Objects& objects);

 private:
  std::string Changed(const std::string& key, std::string bytes, const Objects& objects);
  void ChangeText(std::string& text);
  void ChangeLines(std::string& text);
  void ChangeBytes(std::string& bytes, const Objects& objects);

  std::mt19937_64 engine_;
};

}  // namespace oresmith::fuzz
