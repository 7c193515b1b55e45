#include "micro/orders.h"

#include "connector/generator/generator.h"

namespace oresmith::bench {

Orders MakeOrders(int64_t count) {
  connector::GeneratorOptions options;
  options.trouble = {.malformed = 0, .no_id = 0, .negative = 0, .duplicate = 0, .late = 0};
  Orders orders;
  auto generator = connector::MakeGenerator(options);
  ORESMITH_ASSERT(generator.has_value());
  (*generator)->Append(orders.text, count);
  const std::string_view text = orders.text;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    orders.lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return orders;
}

}  // namespace oresmith::bench
