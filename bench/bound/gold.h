#pragma once

// The two aggregates of the benchmark: per city and hour, and per product.

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bound/order_parser.h"

namespace oresmith::bench {

/// A set of numbers other than 0, in one array with linear probing.
class NumberSet {
 public:
  /// True when it was not in the set.
  bool Insert(uint64_t number);
  template <class Visit>
  void ForEach(const Visit& visit) const {
    for (const uint64_t number : slots_) {
      if (number != 0) visit(number);
    }
  }

 private:
  void Grow();
  std::vector<uint64_t> slots_ = std::vector<uint64_t>(1 << 16);
  size_t size_ = 0;
};

struct Totals {
  double revenue = 0;
  int64_t orders = 0;  ///< different ones
  int64_t items = 0;   ///< pieces
  int64_t lines = 0;
};

struct CityHour {
  std::string city;
  std::string state;
  int64_t hour_micros = 0;
  Totals totals;
};

/// The aggregates of some orders. One thread at a time.
class Gold {
 public:
  /// Only the items with a quantity above 0 count.
  void Add(const Order& order);
  void Merge(const Gold& other);

  std::shared_ptr<arrow::RecordBatch> CityHourTable() const;
  std::shared_ptr<arrow::RecordBatch> ProductTable() const;
  /// All groups in one.
  Totals CityHourSum() const;
  Totals ProductSum() const;

 private:
  size_t CityHourGroup(std::string_view city, std::string_view state, int64_t hour_micros);
  size_t ProductGroup(int64_t product);

  std::unordered_map<std::string, size_t> city_hour_index_;
  std::vector<CityHour> city_hours_;
  NumberSet city_hour_orders_;         // group and order in one number
  std::vector<size_t> product_index_;  // by product id; 0: none yet, else the group + 1
  std::vector<int64_t> products_;
  std::vector<Totals> product_totals_;
  NumberSet product_orders_;
  std::string key_;
};

}  // namespace oresmith::bench
