#pragma once

// What the generators of all kinds share: numbering, event times and the records that make trouble.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "connector/generator/generator.h"
#include "connector/generator/random_internal.h"

namespace oresmith::connector {

enum class Trouble { kNone, kMalformed, kAbsentId, kNullId, kNegative, kDuplicate, kLate };

/// One record to be written.
struct OrderDraw {
  int64_t number = 0;  ///< of the record, from 0
  int64_t micros = 0;  ///< event time
  Trouble trouble = Trouble::kNone;
};

class BlockGenerator : public Generator {
 public:
  explicit BlockGenerator(const GeneratorOptions& options);

  void Begin(int64_t first_record, Instant first_time) final;
  void Append(std::string& out, int64_t records) final;

 protected:
  /// Appends one JSON object without a line end. Of `draw.trouble`, kAbsentId, kNullId and
  /// kNegative are the kind's own to write; the others are made of what it wrote.
  virtual void AppendOrder(std::string& out, const OrderDraw& draw, Rng& rng) = 0;

 private:
  Trouble PickTrouble();
  int64_t PickTime(Trouble trouble);
  void AppendOne(std::string& out);

  // Clean records that a duplicate can repeat: every 16th is kept.
  static constexpr size_t kKept = 64;
  static constexpr int64_t kKeepEvery = 16;

  const GeneratorOptions options_;
  std::array<uint64_t, 5> limits_;  // rising; a random number below one of them means that trouble
  Rng rng_;
  int64_t first_ = 0;
  int64_t next_ = 0;
  int64_t first_micros_ = 0;
  std::vector<std::string> kept_;
  size_t keep_at_ = 0;
};

/// Appends `"order_id":<id>,` to an object that has just begun, or what stands there for trouble.
void AppendOrderId(std::string& out, Trouble trouble, const std::string& id);

std::unique_ptr<Generator> MakeRetailGenerator(const GeneratorOptions& options);
std::unique_ptr<Generator> MakeRestaurantGenerator(const GeneratorOptions& options);
std::unique_ptr<Generator> MakeEcommerceGenerator(const GeneratorOptions& options);

}  // namespace oresmith::connector
