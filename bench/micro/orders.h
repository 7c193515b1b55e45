#pragma once

// Input for micro benchmarks.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oresmith::bench {

/// Clean retail orders as JSON lines.
struct Orders {
  std::string text;
  std::vector<std::string_view> lines;  // into text
};
Orders MakeOrders(int64_t count);

/// The columns of an order, as SQL would name them.
inline constexpr std::string_view kOrderDdl =
    "order_id BIGINT, customer_id INT, customer_fname STRING, customer_lname STRING, city STRING, "
    "state STRING, pincode INT, order_ts TIMESTAMP, "
    "line_items ARRAY<STRUCT<order_item_id: BIGINT, order_item_product_id: INT, "
    "order_item_quantity: INT, order_item_product_price: DOUBLE, order_item_subtotal: DOUBLE>>";

}  // namespace oresmith::bench
