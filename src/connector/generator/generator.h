#pragma once

// Invented orders for demonstrations, tests and benchmarks: seeded, the same in each run, skewed as
// real ones are, and with a chosen share of trouble. One JSON object per line.
//
// Kinds of records, by `TroubleShares`:
//   malformed   not JSON: cut off, plain text, or a colon missing
//   no id       order_id is absent (half of them) or null (half)
//   negative    one item with a negative quantity
//   duplicate   the same bytes as an order shortly before
//   late        an event time 60 to 120 minutes behind its neighbours

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace oresmith::connector {

enum class OrderKind {
  kRetail,      // nested line items, customers with a city; event time `order_ts`, ISO 8601 in UTC
  kRestaurant,  // dishes of a table, a payment mode; event time `timestamp`, epoch seconds
  kEcommerce,   // one product per order, some prices and quantities null; event time `timestamp`
};

/// retail, restaurant or ecommerce.
/// Errors: kInvalidInput, with the names that exist.
Result<OrderKind> ParseOrderKind(std::string_view name);

/// Shares of all records, each from 0 to 1; their sum is at most 1.
struct TroubleShares {
  double malformed = 0.001;
  double no_id = 0.001;
  double negative = 0.001;
  double duplicate = 0.001;
  double late = 0.001;
};

struct GeneratorOptions {
  OrderKind kind = OrderKind::kRetail;
  uint64_t seed = 1;
  TroubleShares trouble = {};
  /// Whether some customers and products are much more frequent than others; false: all alike.
  bool skewed = true;
  /// Event time of record 0: 2026-11-21T10:00:00Z. Records are `step_micros` apart and shuffled by
  /// up to `jitter_micros` in either direction.
  Instant start{1'795'255'200'000'000};
  int64_t step_micros = 129'600;
  int64_t jitter_micros = 5'000'000;
};

/// Makes records in blocks: a block is a function of the options, the number of its first record
/// and the time of that, so a stream can be continued or made in parallel. One thread at a time.
class Generator {
 public:
  virtual ~Generator() = default;

  /// Begins a block: the next record is number `first_record`, from 0, and happens at `first_time`.
  /// Duplicates repeat records of the same block.
  virtual void Begin(int64_t first_record, Instant first_time) = 0;

  /// Appends `records` lines, each ended by '\n'.
  virtual void Append(std::string& out, int64_t records) = 0;
};

/// The generator at the start of the block of record 0.
/// Errors: kInvalidInput for shares outside of their range.
Result<std::unique_ptr<Generator>> MakeGenerator(const GeneratorOptions& options);

struct ProduceOptions {
  GeneratorOptions generator = {};
  std::string directory;  ///< created when missing
  int64_t rate = 0;       ///< records per second; 0: as fast as possible
  int64_t count = 0;      ///< records in all; 0: until stopped
  int64_t per_file =
      1000;  ///< records per file, at least 1; when paced, a file also ends each second
};

struct ProduceProgress {
  int64_t records = 0;
  int64_t files = 0;
  int64_t bytes = 0;
};

/// Writes files of orders: orders-<seed>-<number of the first record>.json, under a hidden name
/// until they are complete. Continues behind the last file of that seed in `directory`, so no file
/// is overwritten and no order number is used twice. Event times follow from `generator.start`;
/// when paced, an order's time is the moment it is due. A stop ends it after the file before.
/// `on_file` is called after each file, with the totals of this call.
/// Errors: kInvalidInput for options, or a directory that cannot be used; kUnavailable when a file
/// cannot be written (a full disk), with the system's reason.
Status ProduceFiles(const ProduceOptions& options, const Clock& clock, std::stop_token stop,
                    const std::function<void(const ProduceProgress&)>& on_file);

}  // namespace oresmith::connector
