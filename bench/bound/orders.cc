// bench_orders DIR FILES PER_FILE: the input of the retail benchmark. Retail orders in which all
// customers and products are alike, 1 to 5 items each, 0.1 % each malformed, without id, negative,
// duplicate and late; the event times of 2 million orders span 72 hours.

#include <fmt/format.h>

#include <cstdlib>

#include "base/clock.h"
#include "connector/generator/generator.h"

namespace {

constexpr uint64_t kSeed = 20261121;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_orders DIR FILES PER_FILE\n");
    return 2;
  }
  using namespace oresmith::connector;
  ProduceOptions options;
  options.directory = argv[1];
  options.per_file = std::strtoll(argv[3], nullptr, 10);
  options.count = std::strtoll(argv[2], nullptr, 10) * options.per_file;
  options.generator.seed = kSeed;
  options.generator.skewed = false;
  if (options.count <= 0) {
    fmt::print(stderr, "bench_orders: FILES and PER_FILE must be numbers above 0\n");
    return 2;
  }
  ProduceProgress made;
  const auto produced = ProduceFiles(options, oresmith::SystemClock(), {},
                                     [&](const ProduceProgress& progress) { made = progress; });
  if (!produced) {
    fmt::print(stderr, "bench_orders: {}\n", produced.error().message);
    return 1;
  }
  fmt::print("{{\"orders\": {}, \"files\": {}, \"bytes\": {}}}\n", made.records, made.files,
             made.bytes);
  return 0;
}
