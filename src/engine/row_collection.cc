// Arrays and maps, row by row.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

std::string ArrayInsert(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull() || call.args[1].IsNull()) return {};
  Datum::Items items = call.args[0].List();
  const int64_t position = call.Int(1);
  const auto size = static_cast<int64_t>(items.size());
  if (position == 0) {
    return "[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index shall be either < 0 or > 0 "
           "(the first element has index 1).";
  }
  constexpr int64_t kItemsMax = 2'147'483'632;
  if (position > kItemsMax || -position > kItemsMax) {
    return "[COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION] array_insert: the array would be too long";
  }
  if (position > 0) {
    if (position > size) items.resize(static_cast<size_t>(position - 1));
    items.insert(items.begin() + std::min(position - 1, static_cast<int64_t>(items.size())),
                 call.args[2]);
  } else if (-position > size + 1) {
    // What lies before the array is NULL.
    items.insert(items.begin(), static_cast<size_t>(-position - size - 1), Datum());
    items.insert(items.begin(), call.args[2]);
  } else {
    items.insert(items.begin() + (size + position + 1), call.args[2]);
  }
  out = Datum(std::move(items));
  return {};
}

std::string ArraysZip(const RowCall& call, Datum& out) {
  size_t length = 0;
  for (const Datum& array : call.args) length = std::max(length, array.List().size());
  Datum::Items rows;
  for (size_t i = 0; i < length; ++i) {
    Datum::Items fields;
    for (const Datum& array : call.args) {
      fields.push_back(i < array.List().size() ? array.List()[i] : Datum());
    }
    rows.emplace_back(std::move(fields));
  }
  out = Datum(std::move(rows));
  return {};
}

// A comparable text of a key.
std::string KeyText(const Datum& value, const Type& type) {
  if (value.IsNull()) return "n";
  switch (type.id()) {
    case TypeId::kBoolean:
      return value.Bool() ? "t" : "f";
    case TypeId::kFloat:
    case TypeId::kDouble:
      return fmt::format("{}", value.Double() == 0 ? 0.0 : value.Double());
    case TypeId::kDecimal: {
      std::string text;
      AppendDecimal(text, value.Decimal(), type.scale());
      return text;
    }
    case TypeId::kString:
    case TypeId::kBinary:
      return fmt::format("{}:{}", value.Text().size(), value.Text());
    case TypeId::kArray:
    case TypeId::kStruct: {
      std::string text = "(";
      for (size_t i = 0; i < value.List().size(); ++i) {
        const Type& item = type.Is(TypeId::kArray) ? type.element() : type.fields()[i].type;
        text += KeyText(value.List()[i], item) + ",";
      }
      return text + ")";
    }
    default:
      return std::to_string(value.Int());
  }
}

std::string MapConcat(const RowCall& call, Datum& out) {
  Datum::Items entries;
  std::vector<std::string> keys;
  for (const Datum& map : call.args) {
    for (size_t i = 0; i + 1 < map.List().size(); i += 2) {
      std::string key = KeyText(map.List()[i], call.result.key());
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        return "[DUPLICATED_MAP_KEY] Duplicate map key was found, please check the input data.";
      }
      keys.push_back(std::move(key));
      entries.push_back(map.List()[i]);
      entries.push_back(map.List()[i + 1]);
    }
  }
  out = Datum(std::move(entries));
  return {};
}

// ---- arrays and structs in order, where a NULL lies inside ------------------------------------

// The greatest or least of values; NULL is none.
template <bool greatest>
Datum Extreme(std::span<const Datum> values, const Type& type) {
  const Datum* found = nullptr;
  for (const Datum& value : values) {
    if (value.IsNull()) continue;
    const bool better = found == nullptr || (greatest ? Less(*found, value, type)  //
                                                      : Less(value, *found, type));
    if (better) found = &value;
  }
  return found == nullptr ? Datum() : *found;
}

template <bool greatest>
std::string ExtremeOfAll(const RowCall& call, Datum& out) {
  out = Extreme<greatest>(call.args, call.result);
  return {};
}

template <bool greatest>
std::string ExtremeOfArray(const RowCall& call, Datum& out) {
  out = Extreme<greatest>(call.args[0].List(), call.result);
  return {};
}

template <bool descending, bool nulls_last>
std::string Sorted(const RowCall& call, Datum& out) {
  const Type& type = call.result.element();
  Datum::Items items = call.args[0].List();
  std::stable_sort(items.begin(), items.end(), [&](const Datum& a, const Datum& b) {
    if (a.IsNull() != b.IsNull()) return a.IsNull() != nulls_last;
    if (a.IsNull()) return false;
    return descending ? Less(b, a, type) : Less(a, b, type);
  });
  out = Datum(std::move(items));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"greatest:nested", ExtremeOfAll<true>, RowNulls::kPassed},
    {"least:nested", ExtremeOfAll<false>, RowNulls::kPassed},
    {"array_max:nested", ExtremeOfArray<true>},
    {"array_min:nested", ExtremeOfArray<false>},
    {"array_sort:nested", Sorted<false, true>},
    {"sort_array:nested", Sorted<false, false>},
    {"sort_array:up:nested", Sorted<false, false>},
    {"sort_array:down:nested", Sorted<true, true>},
    {"array_insert", ArrayInsert, RowNulls::kPassed},
    {"arrays_zip", ArraysZip},
    {"map_concat", MapConcat},
};

}  // namespace

std::span<const RowEntry> CollectionRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
