// Aggregates of a whole group: the one argument is the list of its rows, each a struct of the
// call's arguments.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

using Rows = Datum::Items;

const Rows& RowsOf(const RowCall& call) { return call.args[0].List(); }
const Type& TypeOf(const RowCall& call, size_t index) {
  return call.types[0].element().fields()[index].type;
}

// Source: Spark, CentralMomentAgg: the same steps, so that the last bits are the same.
struct Moments {
  double n = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;
  void Add(double x) {
    n += 1;
    const double delta = x - mean, delta_n = delta / n;
    mean += delta_n;
    m2 += delta * (delta - delta_n);
    const double delta2 = delta * delta, delta_n2 = delta_n * delta_n;
    m3 += -3.0 * delta_n * m2 + delta * (delta2 - delta_n2);
    m4 += -4.0 * delta_n * m3 - 6.0 * delta_n2 * m2 + delta * (delta * delta2 - delta_n * delta_n2);
  }
};

template <bool kurtosis>
std::string Shape(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  Moments moments;
  for (const Datum& row : RowsOf(call)) {
    if (!row.List()[0].IsNull()) moments.Add(row.List()[0].Double());
  }
  if (moments.n == 0 || moments.m2 == 0) return {};
  const double value = kurtosis ? moments.n * moments.m4 / (moments.m2 * moments.m2) - 3.0
                                : std::sqrt(moments.n) * moments.m3 /
                                      std::sqrt(moments.m2 * moments.m2 * moments.m2);
  out = Datum(value);
  return {};
}

double NumberOf(const Datum& value, const Type& type) {
  if (type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble)) return value.Double();
  if (!type.Is(TypeId::kDecimal)) return static_cast<double>(value.Int());
  std::string text;
  AppendDecimal(text, value.Decimal(), type.scale());
  return std::stod(text);
}

// The values of the first argument with how often they count (its last argument, or once), sorted.
struct Counted {
  Datum value;
  int64_t count = 1;
};

std::vector<Counted> SortedValues(const RowCall& call, int frequency, std::string& error) {
  std::vector<Counted> values;
  if (call.args[0].IsNull()) return values;
  for (const Datum& row : RowsOf(call)) {
    const Datum& value = row.List()[0];
    if (value.IsNull()) continue;
    int64_t count = 1;
    if (frequency > 0) {
      const Datum& given = row.List()[static_cast<size_t>(frequency)];
      if (given.IsNull()) continue;
      count = given.Int();
      if (count < 0)
        error = fmt::format(
            "[NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION] Found the negative value {} in a frequency",
            count);
      if (count == 0) continue;
    }
    values.push_back({value, count});
  }
  const Type& type = TypeOf(call, 0);
  std::stable_sort(values.begin(), values.end(), [&](const Counted& a, const Counted& b) {
    return Less(a.value, b.value, type);
  });
  return values;
}

const Datum& ValueAt(const std::vector<Counted>& values, int64_t rank) {
  for (const Counted& each : values) {
    if (rank < each.count) return each.value;
    rank -= each.count;
  }
  return values.back().value;
}

// The shares asked for: one number, or an array of them.
std::vector<double> Shares(const RowCall& call, bool& many) {
  const Datum& given = RowsOf(call).front().List()[1];
  many = TypeOf(call, 1).Is(TypeId::kArray);
  if (!many) return {given.Double()};
  std::vector<double> shares;
  for (const Datum& share : given.List()) shares.push_back(share.Double());
  return shares;
}

std::string GiveShares(std::vector<Datum> found, bool many, Datum& out) {
  out = many ? Datum(Datum::Items(std::move(found))) : found.front();
  return {};
}

std::string Percentile(const RowCall& call, Datum& out) {
  const int frequency = call.types[0].element().fields().size() > 2 ? 2 : -1;
  std::string error;
  const std::vector<Counted> values = SortedValues(call, frequency, error);
  if (!error.empty() || values.empty()) return error;
  int64_t total = 0;
  for (const Counted& each : values) total += each.count;
  bool many = false;
  std::vector<Datum> found;
  for (const double share : Shares(call, many)) {
    const double place = static_cast<double>(total - 1) * share;
    const double lower = std::floor(place), upper = std::ceil(place);
    const double low = NumberOf(ValueAt(values, static_cast<int64_t>(lower)), TypeOf(call, 0));
    const double high = NumberOf(ValueAt(values, static_cast<int64_t>(upper)), TypeOf(call, 0));
    const bool exact = lower == upper || low == high;
    found.emplace_back(exact ? low : (upper - place) * low + (place - lower) * high);
  }
  return GiveShares(std::move(found), many, out);
}

// The value itself: of the least rank that holds the share.
std::string PercentileDiscrete(const RowCall& call, Datum& out) {
  std::string error;
  const std::vector<Counted> values = SortedValues(call, -1, error);
  if (values.empty()) return {};
  bool many = false;
  std::vector<Datum> found;
  for (const double share : Shares(call, many)) {
    const auto rank = static_cast<int64_t>(std::ceil(share * static_cast<double>(values.size())));
    const Datum& value = values[static_cast<size_t>(std::max<int64_t>(rank, 1) - 1)].value;
    found.push_back(call.result.Is(TypeId::kDouble) ? Datum(NumberOf(value, TypeOf(call, 0)))
                                                    : value);
  }
  return GiveShares(std::move(found), many, out);
}

// mode(x, true): of several most frequent values the least.
std::string ModeLeast(const RowCall& call, Datum& out) {
  std::string error;
  const std::vector<Counted> values = SortedValues(call, -1, error);
  size_t best = 0;
  for (size_t i = 0; i < values.size();) {
    size_t end = i;
    while (end < values.size() && !Less(values[i].value, values[end].value, TypeOf(call, 0))) ++end;
    if (end - i > best) {
      best = end - i;
      out = values[i].value;
    }
    i = end;
  }
  return {};
}

// Source: Spark, NumericHistogram, which is Hive's: the two nearest bins become one.
std::string HistogramNumeric(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  std::vector<std::pair<double, double>> bins;
  for (const Datum& row : RowsOf(call)) {
    if (row.List()[0].IsNull()) continue;
    const double value = NumberOf(row.List()[0], TypeOf(call, 0));
    const auto limit = static_cast<size_t>(row.List()[1].Int());
    const auto place = std::lower_bound(bins.begin(), bins.end(), value,
                                        [](const auto& bin, double v) { return bin.first < v; });
    if (place != bins.end() && place->first == value) {
      place->second += 1;
      continue;
    }
    bins.insert(place, {value, 1});
    if (bins.size() <= limit) continue;
    size_t nearest = 0;
    for (size_t i = 1; i + 1 < bins.size(); ++i) {
      if (bins[i + 1].first - bins[i].first < bins[nearest + 1].first - bins[nearest].first)
        nearest = i;
    }
    auto& left = bins[nearest];
    const auto& right = bins[nearest + 1];
    const double count = left.second + right.second;
    left.first = left.first * (left.second / count) + right.first * (right.second / count);
    left.second = count;
    bins.erase(bins.begin() + static_cast<std::ptrdiff_t>(nearest) + 1);
  }
  if (bins.empty()) return {};
  const Type& type = call.result.element().fields()[0].type;
  Datum::Items items;
  for (const auto& [center, count] : bins) {
    const bool floating = type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble);
    Datum x = floating ? Datum(center) : Datum(static_cast<int64_t>(center));
    items.emplace_back(Datum::Items{std::move(x), Datum(count)});
  }
  out = Datum(std::move(items));
  return {};
}

constexpr size_t kBitmapBytes = 4096;

std::string BitmapConstruct(const RowCall& call, Datum& out) {
  std::string bitmap(kBitmapBytes, '\0');
  for (const Datum& row : call.args[0].IsNull() ? Rows() : RowsOf(call)) {
    if (row.List()[0].IsNull()) continue;
    const int64_t bit = row.List()[0].Int();
    if (bit < 0 || bit >= static_cast<int64_t>(8 * kBitmapBytes)) {
      return fmt::format(
          "[INVALID_BITMAP_POSITION] The 0-indexed bitmap position {} is out of bounds.", bit);
    }
    char& byte = bitmap[static_cast<size_t>(bit / 8)];
    byte = static_cast<char>(byte | (1 << (bit % 8)));
  }
  out = Datum(std::move(bitmap));
  return {};
}

template <bool both>
std::string BitmapMerge(const RowCall& call, Datum& out) {
  std::string bitmap(kBitmapBytes, both ? '\xFF' : '\0');
  for (const Datum& row : call.args[0].IsNull() ? Rows() : RowsOf(call)) {
    if (row.List()[0].IsNull()) continue;
    const std::string& other = row.List()[0].Text();
    for (size_t i = 0; i < kBitmapBytes; ++i) {
      const char byte = i < other.size() ? other[i] : '\0';
      bitmap[i] = static_cast<char>(both ? bitmap[i] & byte : bitmap[i] | byte);
    }
  }
  out = Datum(std::move(bitmap));
  return {};
}

// max_by(x, y, n) and min_by(x, y, n): the values of the n rows with the largest (least) y.
template <bool largest>
std::string TopBy(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  std::vector<const Datum*> rows;
  for (const Datum& row : RowsOf(call)) {
    if (!row.List()[1].IsNull()) rows.push_back(&row);
  }
  if (rows.empty()) return {};
  const auto count = static_cast<size_t>(rows.front()->List()[2].Int());
  const Type& type = TypeOf(call, 1);
  std::stable_sort(rows.begin(), rows.end(), [&](const Datum* a, const Datum* b) {
    return largest ? Less(b->List()[1], a->List()[1], type)
                   : Less(a->List()[1], b->List()[1], type);
  });
  Datum::Items items;
  for (size_t i = 0; i < std::min(count, rows.size()); ++i) items.push_back(rows[i]->List()[0]);
  out = Datum(std::move(items));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"bitmap_and_agg", BitmapMerge<true>, RowNulls::kPassed},
    {"bitmap_construct_agg", BitmapConstruct, RowNulls::kPassed},
    {"bitmap_or_agg", BitmapMerge<false>, RowNulls::kPassed},
    {"histogram_numeric", HistogramNumeric, RowNulls::kPassed},
    {"kurtosis", Shape<true>, RowNulls::kPassed},
    {"max_by:some", TopBy<true>, RowNulls::kPassed},
    {"min_by:some", TopBy<false>, RowNulls::kPassed},
    {"mode:least", ModeLeast, RowNulls::kPassed},
    {"percentile:rows", Percentile, RowNulls::kPassed},
    {"percentile_approx:rows", PercentileDiscrete, RowNulls::kPassed},
    {"percentile_disc", PercentileDiscrete, RowNulls::kPassed},
    {"skewness", Shape<false>, RowNulls::kPassed},
};

}  // namespace

std::span<const RowEntry> AggregateRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
