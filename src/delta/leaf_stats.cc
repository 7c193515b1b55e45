#include <arrow/array.h>
#include <arrow/util/bit_run_reader.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "delta/json_internal.h"
#include "delta/stats.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using types::Type;
using types::TypeId;

// Spark's default of delta.dataSkippingStringPrefixLength.
constexpr int kPrefixLength = 32;
constexpr uint32_t kGreatestCharacter = 0x10FFFF;

/// Calls `body(begin, length)` for each run of rows that are not NULL.
template <class Body>
void ForValidRuns(const arrow::Array& array, const Body& body) {
  if (array.null_count() == 0) {
    body(int64_t{0}, array.length());
    return;
  }
  arrow::internal::VisitSetBitRunsVoid(array.null_bitmap_data(), array.offset(), array.length(),
                                       body);
}

std::string IntText(int64_t value, const Type&) { return fmt::format("{}", value); }

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string DateJson(int64_t value, const Type&) {
  return Quoted(DateText(static_cast<int32_t>(value)));
}

std::string TimestampJson(int64_t value, const Type& type) {
  // Milliseconds, rounded down for both bounds: that is how readers of Spark's tables widen them.
  const std::string text = TimestampText(value, 3, 'T');
  return Quoted(type.Is(TypeId::kTimestamp) ? text + "Z" : text);
}

/// Whole numbers, and what is stored as one.
template <class Value>
class IntegerStats final : public LeafStats {
 public:
  using Text = std::string (*)(int64_t, const Type&);
  IntegerStats(const Type& type, Text text) : type_(type), text_(text) {}

  void Add(const arrow::Array& array) override {
    const Value* values = array.data()->GetValues<Value>(1);
    ForValidRuns(array, [&](int64_t begin, int64_t length) {
      Value least = any_ ? least_ : values[begin];
      Value greatest = any_ ? greatest_ : values[begin];
      for (int64_t i = begin; i < begin + length; ++i) {
        least = std::min(least, values[i]);
        greatest = std::max(greatest, values[i]);
      }
      any_ = any_ || length > 0;
      least_ = least;
      greatest_ = greatest;
    });
  }
  std::string MinJson() const override { return any_ ? text_(least_, type_) : ""; }
  std::string MaxJson() const override { return any_ ? text_(greatest_, type_) : ""; }

 private:
  Type type_;
  Text text_;
  bool any_ = false;
  Value least_{};
  Value greatest_{};
};

/// NaN is greater than all else, as in Spark.
template <class Value>
class FloatStats final : public LeafStats {
 public:
  void Add(const arrow::Array& array) override {
    const Value* values = array.data()->GetValues<Value>(1);
    ForValidRuns(array, [&](int64_t begin, int64_t length) {
      for (int64_t i = begin; i < begin + length; ++i) {
        const Value value = values[i];
        // Comparisons with NaN are false, so a NaN changes nothing here but is remembered.
        if (!any_number_ && !std::isnan(value)) {
          least_ = greatest_ = value;
          any_number_ = true;
        }
        if (value < least_) least_ = value;
        if (value > greatest_) greatest_ = value;
        any_nan_ |= value != value;
      }
    });
  }
  std::string MinJson() const override {
    if (any_number_) return Json(least_);
    return any_nan_ ? "\"NaN\"" : "";
  }
  std::string MaxJson() const override {
    if (any_nan_) return "\"NaN\"";
    return any_number_ ? Json(greatest_) : "";
  }

 private:
  static std::string Json(Value value) {
    const std::string text = JavaText(value);
    return std::isinf(value) ? Quoted(text) : text;
  }

  bool any_number_ = false;
  bool any_nan_ = false;
  Value least_ = 0;
  Value greatest_ = 0;
};

class DecimalStats final : public LeafStats {
 public:
  explicit DecimalStats(int scale) : scale_(scale) {}

  void Add(const arrow::Array& array) override {
    const auto& decimals = checked_cast<const arrow::Decimal128Array&>(array);
    ForValidRuns(array, [&](int64_t begin, int64_t length) {
      for (int64_t i = begin; i < begin + length; ++i) {
        const arrow::Decimal128 value(decimals.GetValue(i));
        if (!any_) least_ = greatest_ = value;
        any_ = true;
        if (value < least_) least_ = value;
        if (value > greatest_) greatest_ = value;
      }
    });
  }
  std::string MinJson() const override { return any_ ? Text(least_) : ""; }
  std::string MaxJson() const override { return any_ ? Text(greatest_) : ""; }

 private:
  std::string Text(const arrow::Decimal128& value) const {
    return DecimalText(value.ToIntegerString(), scale_);
  }

  int scale_;
  bool any_ = false;
  arrow::Decimal128 least_;
  arrow::Decimal128 greatest_;
};

/// Texts in the order of their bytes, which is that of their characters.
class StringStats final : public LeafStats {
 public:
  void Add(const arrow::Array& array) override {
    const auto& texts = checked_cast<const arrow::StringArray&>(array);
    if (texts.value_data() == nullptr) return AddEmpty(array);
    const char* data = reinterpret_cast<const char*>(texts.raw_data());
    const char* data_end = data + texts.value_data()->size();
    const int32_t* offsets = texts.raw_value_offsets();
    ForValidRuns(array, [&](int64_t begin, int64_t length) {
      for (int64_t i = begin; i < begin + length; ++i) {
        AddText({data + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])}, data_end);
      }
    });
  }
  std::string MinJson() const override {
    if (!any_ || !IsUtf8(least_.text)) return "";
    return TextJson(TruncatedMin(least_.text));
  }
  std::string MaxJson() const override {
    if (!any_ || !IsUtf8(greatest_.text)) return "";
    const std::optional<std::string> text = TruncatedMax(greatest_.text);
    return text ? TextJson(*text) : "";
  }

 private:
  /// A bound, with its first 16 bytes as numbers.
  struct Bound {
    std::string text;
    uint64_t first = 0;
    uint64_t second = 0;
  };

  /// The first 8 bytes from `begin` as a number that compares as they do; zeros stand for bytes
  /// that are missing.
  static uint64_t Bytes(std::string_view text, size_t begin, const char* data_end) {
    uint64_t bytes = 0;
    if (text.size() <= begin) return 0;
    const char* const from = text.data() + begin;
    const size_t size = text.size() - begin;
    if (data_end - from >= 8) {
      std::memcpy(&bytes, from, 8);
    } else {
      std::memcpy(&bytes, from, std::min<size_t>(8, size));
    }
    bytes = __builtin_bswap64(bytes);
    return size >= 8 ? bytes : bytes & ~(~uint64_t{0} >> (8 * size));
  }

  /// Nearly all values are neither the least nor the greatest, and their first bytes tell: 8, or 16
  /// where all begin with the same word.
  void AddText(std::string_view text, const char* data_end) {
    const uint64_t first = Bytes(text, 0, data_end);
    if (any_ && first > least_.first && first < greatest_.first) return;
    const uint64_t second = Bytes(text, 8, data_end);
    const auto set = [&](Bound& bound) {
      bound.text.assign(text);
      bound.first = first;
      bound.second = second;
    };
    if (!any_ || IsBelow(first, second, text, least_)) set(least_);
    if (!any_ || IsAbove(first, second, text, greatest_)) set(greatest_);
    any_ = true;
  }

  static bool IsBelow(uint64_t first, uint64_t second, std::string_view text, const Bound& bound) {
    if (first != bound.first) return first < bound.first;
    return second < bound.second || (second == bound.second && text < bound.text);
  }
  static bool IsAbove(uint64_t first, uint64_t second, std::string_view text, const Bound& bound) {
    if (first != bound.first) return first > bound.first;
    return second > bound.second || (second == bound.second && text > bound.text);
  }

  void AddEmpty(const arrow::Array& array) {
    if (array.null_count() < array.length()) AddText("", nullptr);
  }

  static std::string TextJson(std::string_view text) {
    std::string json;
    AppendJsonText(text, json);
    return json;
  }

  bool any_ = false;
  Bound least_;
  Bound greatest_;
};

/// The character at `at`, which moves behind it. REQUIRES: valid UTF-8.
uint32_t TakeCharacter(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t character = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  at += size;
  return character;
}

int Utf16Units(uint32_t character) { return character > 0xFFFF ? 2 : 1; }

}  // namespace

std::unique_ptr<LeafStats> MakeLeafStats(const Type& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return std::make_unique<IntegerStats<int8_t>>(type, IntText);
    case TypeId::kShort:
      return std::make_unique<IntegerStats<int16_t>>(type, IntText);
    case TypeId::kInt:
      return std::make_unique<IntegerStats<int32_t>>(type, IntText);
    case TypeId::kLong:
      return std::make_unique<IntegerStats<int64_t>>(type, IntText);
    case TypeId::kDate:
      return std::make_unique<IntegerStats<int32_t>>(type, DateJson);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return std::make_unique<IntegerStats<int64_t>>(type, TimestampJson);
    case TypeId::kFloat:
      return std::make_unique<FloatStats<float>>();
    case TypeId::kDouble:
      return std::make_unique<FloatStats<double>>();
    case TypeId::kDecimal:
      return std::make_unique<DecimalStats>(type.scale());
    case TypeId::kString:
      return std::make_unique<StringStats>();
    default:
      return nullptr;
  }
}

std::string TruncatedMin(std::string_view text) {
  size_t end = 0;
  for (int characters = 0; characters < kPrefixLength && end < text.size(); ++characters) {
    TakeCharacter(text, end);
  }
  return std::string(text.substr(0, end));
}

std::optional<std::string> TruncatedMax(std::string_view text) {
  // Lengths count UTF-16 units, as Java's do.
  size_t end = 0;
  int units = 0;
  while (end < text.size() && units < kPrefixLength) units += Utf16Units(TakeCharacter(text, end));
  while (end < text.size()) {
    size_t after = end;
    const uint32_t next = TakeCharacter(text, after);
    if (next != kGreatestCharacter) {
      const std::string_view greater = next < 0x7F ? "\x7F" : "\xF4\x8F\xBF\xBF";
      return std::string(text.substr(0, end)).append(greater);
    }
    units += 2;
    end = after;
    if (units > 2 * kPrefixLength) return std::nullopt;
  }
  return std::string(text);
}

}  // namespace oresmith::delta
