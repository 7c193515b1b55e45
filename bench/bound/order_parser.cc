#include "bound/order_parser.h"

#include <chrono>

namespace oresmith::bench {
namespace {

namespace od = simdjson::ondemand;

// Two digits; anything else gives a number that is out of every range.
int Two(const char* at) {
  const auto tens = static_cast<unsigned char>(at[0] - '0');
  const auto ones = static_cast<unsigned char>(at[1] - '0');
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

// 2026-11-21T10:00:00.000Z
bool ParseTime(std::string_view text, int64_t& micros) {
  if (text.size() != 24 || text[10] != 'T' || text[23] != 'Z') return false;
  const char* const t = text.data();
  const int year = Two(t) * 100 + Two(t + 2);
  const int month = Two(t + 5);
  const int day = Two(t + 8);
  const int hour = Two(t + 11);
  const int minute = Two(t + 14);
  const int second = Two(t + 17);
  const int millis = Two(t + 20) * 10 + (t[22] - '0');
  const bool valid = year < 10000 && month <= 12 && day <= 31 && hour < 24 && minute < 60 &&
                     second < 60 && millis < 1000;
  if (!valid) return false;
  const auto days = std::chrono::sys_days(std::chrono::year(year) / month / day);
  const int64_t seconds =
      days.time_since_epoch().count() * 86'400LL + hour * 3600 + minute * 60 + second;
  micros = seconds * 1'000'000 + millis * 1000LL;
  return true;
}

bool Number(od::value value, int32_t& out) {
  int64_t wide = 0;
  if (value.get_int64().get(wide) != simdjson::SUCCESS) return false;
  out = static_cast<int32_t>(wide);
  return true;
}

bool ParseItemField(std::string_view key, od::value value, Item& item) {
  if (key == "order_item_id") return value.get_int64().get(item.id) == simdjson::SUCCESS;
  if (key == "order_item_product_id") return Number(value, item.product);
  if (key == "order_item_quantity") return Number(value, item.quantity);
  if (key == "order_item_product_price") {
    return value.get_double().get(item.price) == simdjson::SUCCESS;
  }
  if (key == "order_item_subtotal") {
    return value.get_double().get(item.subtotal) == simdjson::SUCCESS;
  }
  return true;
}

bool ParseItem(od::value value, Item& item) {
  od::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto field : object) {
    od::raw_json_string key;
    od::value content;
    if (field.key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(content) != simdjson::SUCCESS) return false;
    const std::string_view name(key.raw(), std::string_view(key.raw(), 32).find('"'));
    if (!ParseItemField(name, content, item)) return false;
  }
  return true;
}

bool ParseItems(od::value value, std::vector<Item>& items) {
  od::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto element : array) {
    od::value content;
    if (element.get(content) != simdjson::SUCCESS) return false;
    if (!ParseItem(content, items.emplace_back())) return false;
  }
  return true;
}

bool ParseOrderField(std::string_view key, od::value value, Order& order) {
  const auto text = [&value](std::string_view& out) {
    return value.get_string().get(out) == simdjson::SUCCESS;
  };
  if (key == "order_id") {
    bool is_null = false;
    if (value.is_null().get(is_null) != simdjson::SUCCESS) return false;
    if (is_null) return true;
    order.has_id = true;
    return value.get_int64().get(order.id) == simdjson::SUCCESS;
  }
  if (key == "customer_id") return Number(value, order.customer);
  if (key == "customer_fname") return text(order.first_name);
  if (key == "customer_lname") return text(order.last_name);
  if (key == "city") return text(order.city);
  if (key == "state") return text(order.state);
  if (key == "pincode") return Number(value, order.pincode);
  if (key == "order_ts") {
    std::string_view time;
    return text(time) && ParseTime(time, order.micros);
  }
  if (key == "line_items") return ParseItems(value, order.items);
  return true;
}

}  // namespace

bool OrderParser::Parse(std::string_view line, Order& order) {
  order.has_id = false;
  order.items.clear();
  od::document document;
  const simdjson::padded_string_view padded(line, line.size() + simdjson::SIMDJSON_PADDING);
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return false;
  od::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto field : object) {
    od::raw_json_string key;
    od::value value;
    if (field.key().get(key) != simdjson::SUCCESS) return false;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    const std::string_view name(key.raw(), std::string_view(key.raw(), 32).find('"'));
    if (!ParseOrderField(name, value, order)) return false;
  }
  return document.at_end();
}

}  // namespace oresmith::bench
