// Numbers, row by row.

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

std::string Give(Datum& out, double value) {
  out = Datum(value);
  return {};
}

std::string Give(Datum& out, int64_t value) {
  out = Datum(value);
  return {};
}

// A function of a double, as a captureless lambda.
template <auto Function>
std::string OfDouble(const RowCall& call, Datum& out) {
  return Give(out, Function(call.Double(0)));
}

double Acosh(double x) { return std::log(x + std::sqrt(x * x - 1.0)); }
double Asinh(double x) { return std::isinf(x) && x < 0 ? x : std::log(x + std::sqrt(x * x + 1.0)); }
double Atanh(double x) { return 0.5 * (std::log1p(x) - std::log1p(-x)); }
double Cosh(double x) { return std::cosh(x); }
double Sinh(double x) { return std::sinh(x); }
double Tanh(double x) { return std::tanh(x); }
double Cot(double x) { return 1 / std::tan(x); }
double Csc(double x) { return 1 / std::sin(x); }
double Sec(double x) { return 1 / std::cos(x); }
double Expm1(double x) { return std::expm1(x); }
double Rint(double x) { return std::nearbyint(x); }

std::string Log1p(const RowCall& call, Datum& out) {
  if (call.Double(0) <= -1) return {};
  return Give(out, std::log1p(call.Double(0)));
}

std::string Hypot(const RowCall& call, Datum& out) {
  return Give(out, std::hypot(call.Double(0), call.Double(1)));
}

// A decimal number and how many of its digits stand behind the point.
struct Scaled {
  Int128 unscaled = 0;
  int scale = 0;
};

// The digits that Java prints for a double; nothing beyond 38 of them.
std::optional<Scaled> ScaledOf(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  std::string text;
  AppendDouble(text, value);
  int exponent = 0;
  if (const size_t e = text.find('E'); e != std::string::npos) {
    exponent = std::stoi(text.substr(e + 1));
    text.resize(e);
  }
  Scaled scaled;
  bool fraction = false;
  const bool negative = text.front() == '-';
  for (const char c : text) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    scaled.unscaled = scaled.unscaled * 10 + (c - '0');
    if (fraction) ++scaled.scale;
  }
  if (negative) scaled.unscaled = -scaled.unscaled;
  scaled.scale -= exponent;
  while (scaled.unscaled != 0 && scaled.unscaled % 10 == 0) {
    scaled.unscaled /= 10;
    --scaled.scale;
  }
  return scaled;
}

enum class Rounding { kHalfEven, kHalfUp, kCeiling, kFloor };

// The number with `places` digits behind the point (fewer than it has).
Int128 Round(const Scaled& number, int places, Rounding rounding) {
  const int drop = number.scale - places;
  if (drop > 38) {
    if (rounding == Rounding::kCeiling) return number.unscaled > 0 ? 1 : 0;
    return rounding == Rounding::kFloor && number.unscaled < 0 ? -1 : 0;
  }
  const Int128 unit = PowerOfTen(drop);
  Int128 quotient = number.unscaled / unit;
  const Int128 rest = number.unscaled % unit;
  if (rest == 0) return quotient;
  const int sign = rest < 0 ? -1 : 1;
  if (rounding == Rounding::kCeiling) return sign > 0 ? quotient + 1 : quotient;
  if (rounding == Rounding::kFloor) return sign < 0 ? quotient - 1 : quotient;
  const Int128 distance = rest < 0 ? -rest : rest;
  const bool even = rounding == Rounding::kHalfEven && quotient % 2 == 0;
  const bool up = distance * 2 > unit || (distance * 2 == unit && !even);
  return up ? quotient + sign : quotient;
}

std::string RoundDecimal(const RowCall& call, Datum& out, Rounding rounding, int places) {
  const int from = call.types[0].scale();
  const int to = call.result.scale();
  Scaled number{.unscaled = call.args[0].Decimal(), .scale = from};
  if (places >= from) {
    out = Datum(number.unscaled);
    return {};
  }
  Int128 rounded = Round(number, places, rounding);
  // With negative places the result has no fraction: the dropped digits are zeros again.
  if (places < to) rounded *= PowerOfTen(to - places);
  const Int128 limit = PowerOfTen(call.result.precision());
  if (rounded >= limit || rounded <= -limit) {
    return "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] the rounded number does not fit";
  }
  out = Datum(rounded);
  return {};
}

int BitsOf(const Type& type) {
  if (type.Is(TypeId::kByte)) return 8;
  if (type.Is(TypeId::kShort)) return 16;
  return type.Is(TypeId::kInt) ? 32 : 64;
}

// To tens, hundreds, ... of a whole number.
std::string RoundWhole(const RowCall& call, Datum& out, Rounding rounding) {
  const auto places = static_cast<int>(std::max<int64_t>(call.Int(1), -30));
  const Int128 rounded =
      Round({.unscaled = call.Int(0), .scale = 0}, places, rounding) * PowerOfTen(-places);
  const Int128 limit = static_cast<Int128>(1) << (BitsOf(call.types[0]) - 1);
  if (rounded >= limit || rounded < -limit) {
    return "[ARITHMETIC_OVERFLOW] Overflow. If necessary set \"spark.sql.ansi.enabled\" to "
           "\"false\" to bypass this error.";
  }
  return Give(out, static_cast<int64_t>(rounded));
}

std::string RoundWholeHalfUp(const RowCall& call, Datum& out) {
  return RoundWhole(call, out, Rounding::kHalfUp);
}

std::string RoundHalfEven(const RowCall& call, Datum& out) {
  const Type& type = call.types[0];
  const int places = call.args.size() > 1 ? static_cast<int>(call.Int(1)) : 0;
  if (type.Is(TypeId::kDecimal)) return RoundDecimal(call, out, Rounding::kHalfEven, places);
  if (type.IsIntegral()) {
    if (places >= 0) return Give(out, call.Int(0));
    return RoundWhole(call, out, Rounding::kHalfEven);
  }
  const double value = call.Double(0);
  const auto number = ScaledOf(value);
  if (!number || number->scale <= places) return Give(out, value);
  const Int128 rounded = Round(*number, places, Rounding::kHalfEven);
  std::string text;
  AppendDecimal(text, rounded, std::max(places, 0));
  if (places < 0) text += "E" + std::to_string(-places);
  return Give(out, std::stod(text));
}

std::string Ceil(const RowCall& call, Datum& out) {
  return RoundDecimal(call, out, Rounding::kCeiling, static_cast<int>(call.Int(1)));
}

std::string Floor(const RowCall& call, Datum& out) {
  return RoundDecimal(call, out, Rounding::kFloor, static_cast<int>(call.Int(1)));
}

std::string ShiftRight(const RowCall& call, Datum& out) {
  const int mask = call.types[0].Is(TypeId::kLong) ? 63 : 31;
  return Give(out, call.Int(0) >> (call.Int(1) & mask));
}

std::string ShiftRightUnsigned(const RowCall& call, Datum& out) {
  if (call.types[0].Is(TypeId::kLong)) {
    return Give(out,
                static_cast<int64_t>(static_cast<uint64_t>(call.Int(0)) >> (call.Int(1) & 63)));
  }
  const auto value = static_cast<uint32_t>(call.Int(0));
  return Give(out, int64_t{static_cast<int32_t>(value >> (call.Int(1) & 31))});
}

std::string BitGet(const RowCall& call, Datum& out) {
  const int64_t position = call.Int(1);
  const int bits = BitsOf(call.types[0]);
  if (position < 0 || position >= bits) {
    return fmt::format(
        "[INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE] bit_get: the bit {} is not between 0 and {}",
        position, bits - 1);
  }
  return Give(out, (call.Int(0) >> position) & 1);
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

std::string InBase(uint64_t value, int base) {
  if (value == 0) return "0";
  std::string text;
  for (; value != 0; value /= static_cast<uint64_t>(base)) {
    text += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % static_cast<uint64_t>(base)];
  }
  std::reverse(text.begin(), text.end());
  return text;
}

// Source: Spark, NumberConverter.convert, which is Hive's.
std::string Conv(const RowCall& call, Datum& out) {
  std::string_view text = TrimAll(call.Text(0));
  const int64_t from = call.Int(1);
  const int64_t to = call.Int(2);
  const int64_t to_base = std::abs(to);
  if (from < 2 || from > 36 || to_base < 2 || to_base > 36 || text.empty()) return {};
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit >= from) break;
    const UInt128 next =
        static_cast<UInt128>(value) * static_cast<UInt128>(from) + static_cast<UInt128>(digit);
    if (next > std::numeric_limits<uint64_t>::max()) {
      return "[ARITHMETIC_OVERFLOW] Overflow in function conv()";
    }
    value = static_cast<uint64_t>(next);
  }
  bool minus = negative;
  if (negative && to > 0) {
    value = static_cast<int64_t>(value) < 0 ? std::numeric_limits<uint64_t>::max()
                                            : uint64_t{0} - value;
    minus = false;
  }
  if (to < 0 && static_cast<int64_t>(value) < 0) {
    value = uint64_t{0} - value;
    minus = true;
  }
  out = Datum((minus ? "-" : "") + InBase(value, static_cast<int>(to_base)));
  return {};
}

std::string WidthBucket(const RowCall& call, Datum& out) {
  const auto number = [&](size_t index) {
    const bool interval = !call.types[index].Is(TypeId::kDouble);
    return interval ? static_cast<double>(call.Int(index)) : call.Double(index);
  };
  const double value = number(0), low = number(1), high = number(2);
  const int64_t buckets = call.Int(3);
  const bool bad = buckets <= 0 || buckets == std::numeric_limits<int64_t>::max() ||
                   std::isnan(value) || low == high || !std::isfinite(low) || !std::isfinite(high);
  if (bad) return {};
  const double lower = std::min(low, high), upper = std::max(low, high);
  const bool falling = low > high;
  if (value < lower) {
    return Give(out, falling ? buckets + 1 : int64_t{0});
  }
  if (falling ? value > upper : value >= upper) {
    return Give(out, falling ? int64_t{0} : buckets + 1);
  }
  if (falling) {
    if (value <= lower) return Give(out, buckets + 1);
    const double share = static_cast<double>(buckets) * (upper - value) / (upper - lower);
    return Give(out, static_cast<int64_t>(share) + 1);
  }
  const double share = static_cast<double>(buckets) * (value - lower) / (upper - lower);
  return Give(out, static_cast<int64_t>(share) + 1);
}

std::string LuhnCheck(const RowCall& call, Datum& out) {
  const std::string& text = call.Text(0);
  bool fits = !text.empty();
  int sum = 0;
  bool doubled = false;
  for (size_t i = text.size(); i-- > 0;) {
    if (text[i] < '0' || text[i] > '9') fits = false;
    int digit = text[i] - '0';
    if (doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    doubled = !doubled;
    sum += digit;
  }
  out = Datum(fits && sum % 10 == 0);
  return {};
}

constexpr int64_t kBitmapBits = 8 * 4096;

std::string BitmapBucket(const RowCall& call, Datum& out) {
  const int64_t value = call.Int(0);
  return Give(out, value > 0 ? 1 + (value - 1) / kBitmapBits : value / kBitmapBits);
}

std::string BitmapPosition(const RowCall& call, Datum& out) {
  const int64_t value = call.Int(0);
  return Give(out, value > 0 ? (value - 1) % kBitmapBits : (-value) % kBitmapBits);
}

std::string BitmapCount(const RowCall& call, Datum& out) {
  int64_t count = 0;
  for (const char c : call.Text(0)) count += std::popcount(static_cast<unsigned char>(c));
  return Give(out, count);
}

constexpr RowEntry kEntries[] = {
    {"acosh", OfDouble<Acosh>},
    {"asinh", OfDouble<Asinh>},
    {"atanh", OfDouble<Atanh>},
    {"bit_get", BitGet},
    {"bitmap_bit_position", BitmapPosition},
    {"bitmap_bucket_number", BitmapBucket},
    {"bitmap_count", BitmapCount},
    {"bround", RoundHalfEven},
    {"ceil:places", Ceil},
    {"conv", Conv},
    {"cosh", OfDouble<Cosh>},
    {"cot", OfDouble<Cot>},
    {"csc", OfDouble<Csc>},
    {"expm1", OfDouble<Expm1>},
    {"floor:places", Floor},
    {"hypot", Hypot},
    {"log1p", Log1p},
    {"luhn_check", LuhnCheck},
    {"rint", OfDouble<Rint>},
    {"round:whole", RoundWholeHalfUp},
    {"sec", OfDouble<Sec>},
    {"shiftright", ShiftRight},
    {"shiftrightunsigned", ShiftRightUnsigned},
    {"sinh", OfDouble<Sinh>},
    {"tanh", OfDouble<Tanh>},
    {"width_bucket", WidthBucket},
};

}  // namespace

std::span<const RowEntry> NumericRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
