#include "bound/gold.h"

#include <arrow/builder.h>

#include <algorithm>

#include "base/result.h"

namespace oresmith::bench {
namespace {

constexpr int64_t kMicrosPerHour = 3'600'000'000;
constexpr int kOrderBits = 40;
constexpr uint64_t kOrderMask = (uint64_t{1} << kOrderBits) - 1;

uint64_t GroupAndOrder(size_t group, int64_t order) {
  return ((group + 1) << kOrderBits) | (static_cast<uint64_t>(order) & kOrderMask);
}

size_t Hash(uint64_t number) {
  number *= 0x9E3779B97F4A7C15;
  return number ^ (number >> 32);
}

void AddTo(Totals& to, const Totals& from) {
  to.revenue += from.revenue;
  to.items += from.items;
  to.lines += from.lines;
}

template <class Builder, class Values>
std::shared_ptr<arrow::Array> ToArray(Builder builder, const Values& values) {
  for (const auto& value : values) ORESMITH_ASSERT(builder.Append(value).ok());
  auto array = builder.Finish();
  ORESMITH_ASSERT(array.ok());
  return *array;
}

std::vector<std::shared_ptr<arrow::Array>> TotalsColumns(const std::vector<Totals>& totals) {
  arrow::DoubleBuilder revenue;
  arrow::Int64Builder orders;
  arrow::Int64Builder items;
  arrow::Int64Builder lines;
  for (const Totals& t : totals) {
    ORESMITH_ASSERT(revenue.Append(t.revenue).ok() && orders.Append(t.orders).ok() &&
                    items.Append(t.items).ok() && lines.Append(t.lines).ok());
  }
  return {*revenue.Finish(), *orders.Finish(), *items.Finish(), *lines.Finish()};
}

arrow::FieldVector TotalsFields() {
  return {arrow::field("revenue", arrow::float64()), arrow::field("orders", arrow::int64()),
          arrow::field("items", arrow::int64()), arrow::field("lines", arrow::int64())};
}

}  // namespace

bool NumberSet::Insert(uint64_t number) {
  if (size_ * 2 >= slots_.size()) Grow();
  const size_t mask = slots_.size() - 1;
  for (size_t at = Hash(number) & mask;; at = (at + 1) & mask) {
    if (slots_[at] == number) return false;
    if (slots_[at] != 0) continue;
    slots_[at] = number;
    ++size_;
    return true;
  }
}

void NumberSet::Grow() {
  std::vector<uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const uint64_t number : old) {
    if (number == 0) continue;
    size_t at = Hash(number) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = number;
  }
}

size_t Gold::CityHourGroup(std::string_view city, std::string_view state, int64_t hour_micros) {
  key_.assign(reinterpret_cast<const char*>(&hour_micros), sizeof(hour_micros));
  key_ += state;
  key_ += '\0';
  key_ += city;
  const auto [it, added] = city_hour_index_.try_emplace(key_, city_hours_.size());
  if (added) {
    city_hours_.push_back({std::string(city), std::string(state), hour_micros, Totals()});
  }
  return it->second;
}

size_t Gold::ProductGroup(int64_t product) {
  const auto index = static_cast<size_t>(product);
  if (index >= product_index_.size()) product_index_.resize(index + 1);
  if (product_index_[index] == 0) {
    products_.push_back(product);
    product_totals_.emplace_back();
    product_index_[index] = products_.size();
  }
  return product_index_[index] - 1;
}

void Gold::Add(const Order& order) {
  // Silver has no row of an order whose items were all dropped, so gold does not know it.
  const bool has_rows = std::any_of(order.items.begin(), order.items.end(),
                                    [](const Item& item) { return item.quantity > 0; });
  if (!has_rows) return;
  const size_t city_hour =
      CityHourGroup(order.city, order.state, order.micros - order.micros % kMicrosPerHour);
  Totals& totals = city_hours_[city_hour].totals;
  if (city_hour_orders_.Insert(GroupAndOrder(city_hour, order.id))) ++totals.orders;
  for (const Item& item : order.items) {
    if (item.quantity <= 0) continue;
    const Totals line = {item.subtotal, 0, item.quantity, 1};
    AddTo(totals, line);
    const size_t product = ProductGroup(item.product);
    AddTo(product_totals_[product], line);
    if (product_orders_.Insert(GroupAndOrder(product, order.id))) {
      ++product_totals_[product].orders;
    }
  }
}

void Gold::Merge(const Gold& other) {
  std::vector<size_t> groups;
  for (const CityHour& from : other.city_hours_) {
    groups.push_back(CityHourGroup(from.city, from.state, from.hour_micros));
    AddTo(city_hours_[groups.back()].totals, from.totals);
  }
  other.city_hour_orders_.ForEach([&](uint64_t number) {
    const size_t group = groups[(number >> kOrderBits) - 1];
    if (city_hour_orders_.Insert(GroupAndOrder(group, static_cast<int64_t>(number & kOrderMask)))) {
      ++city_hours_[group].totals.orders;
    }
  });
  groups.clear();
  for (size_t i = 0; i < other.products_.size(); ++i) {
    groups.push_back(ProductGroup(other.products_[i]));
    AddTo(product_totals_[groups.back()], other.product_totals_[i]);
  }
  other.product_orders_.ForEach([&](uint64_t number) {
    const size_t group = groups[(number >> kOrderBits) - 1];
    if (product_orders_.Insert(GroupAndOrder(group, static_cast<int64_t>(number & kOrderMask)))) {
      ++product_totals_[group].orders;
    }
  });
}

std::shared_ptr<arrow::RecordBatch> Gold::CityHourTable() const {
  std::vector<std::string> cities;
  std::vector<std::string> states;
  std::vector<int64_t> hours;
  std::vector<Totals> totals;
  for (const CityHour& group : city_hours_) {
    cities.push_back(group.city);
    states.push_back(group.state);
    hours.push_back(group.hour_micros);
    totals.push_back(group.totals);
  }
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  std::vector<std::shared_ptr<arrow::Array>> columns = {
      ToArray(arrow::StringBuilder(), cities), ToArray(arrow::StringBuilder(), states),
      ToArray(arrow::TimestampBuilder(time, arrow::default_memory_pool()), hours)};
  arrow::FieldVector fields = {arrow::field("city", arrow::utf8()),
                               arrow::field("state", arrow::utf8()), arrow::field("hour", time)};
  for (const auto& field : TotalsFields()) fields.push_back(field);
  for (const auto& column : TotalsColumns(totals)) columns.push_back(column);
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(totals.size()),
                                  columns);
}

std::shared_ptr<arrow::RecordBatch> Gold::ProductTable() const {
  std::vector<std::shared_ptr<arrow::Array>> columns = {ToArray(arrow::Int64Builder(), products_)};
  arrow::FieldVector fields = {arrow::field("product_id", arrow::int64())};
  for (const auto& field : TotalsFields()) fields.push_back(field);
  for (const auto& column : TotalsColumns(product_totals_)) columns.push_back(column);
  return arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(products_.size()),
                                  columns);
}

Totals Gold::CityHourSum() const {
  Totals sum;
  for (const CityHour& group : city_hours_) {
    AddTo(sum, group.totals);
    sum.orders += group.totals.orders;
  }
  return sum;
}

Totals Gold::ProductSum() const {
  Totals sum;
  for (const Totals& group : product_totals_) {
    AddTo(sum, group);
    sum.orders += group.orders;
  }
  return sum;
}

}  // namespace oresmith::bench
