#include <arrow/util/basic_decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/arithmetic_functions_internal.h"
#include "engine/cast_functions_internal.h"
#include "engine/vector_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;
using Arguments = std::vector<Argument>;
using Wide = arrow::BasicDecimal256;

constexpr int kWideDigits = 76;

constexpr std::string_view kDivideByZero =
    "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return "
    "NULL "
    "instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.";
constexpr std::string_view kRemainderByZero =
    "[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return "
    "NULL "
    "instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.";

// ---- DECIMAL ---------------------------------------------------------------------------------

Wide Widen(Int128 value) {
  return Wide(
      arrow::BasicDecimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
}

Int128 Narrow(const Wide& value) {
  const auto& words = value.little_endian_array();
  return static_cast<Int128>((static_cast<UInt128>(words[1]) << 64) | words[0]);
}

Wide Absolute(const Wide& value) { return value.IsNegative() ? -value : value; }

int DigitsOf(Int128 value) {
  int digits = 0;
  for (; value != 0; value /= 10) ++digits;
  return digits;
}

// value / divisor, half away from zero.
Wide DivideHalfUp(const Wide& value, const Wide& divisor) {
  Wide quotient;
  Wide rest;
  static_cast<void>(value.Divide(divisor, &quotient, &rest));
  const Wide twice = Absolute(rest) + Absolute(rest);
  if (twice >= Absolute(divisor)) {
    const bool negative = value.IsNegative() != divisor.IsNegative();
    quotient += negative ? Wide(-1) : Wide(1);
  }
  return quotient;
}

Wide Rescale(const Wide& value, int from_scale, int to_scale) {
  if (to_scale >= from_scale) return value * Wide::GetScaleMultiplier(to_scale - from_scale);
  return DivideHalfUp(value, Wide::GetScaleMultiplier(from_scale - to_scale));
}

struct Operand {
  Int128 unscaled = 0;
  int scale = 0;
};

// An operand's scale and precision from its type; BIGINT counts as a DECIMAL without fraction.
Operand DecimalOperand(const Argument& argument, idx_t row, const Type& type) {
  if (type.Is(TypeId::kLong)) return {.unscaled = argument.Get<int64_t>(row), .scale = 0};
  return {.unscaled = argument.Decimal(row, type.precision()), .scale = type.scale()};
}

// Nothing when it does not fit 76 digits, and then no DECIMAL either.
std::optional<Wide> Compute(char op, const Operand& left, const Operand& right, int scale) {
  if (op == '*') {
    return Rescale(Widen(left.unscaled) * Widen(right.unscaled), left.scale + right.scale, scale);
  }
  if (op == '/') {
    const int shift = scale + right.scale - left.scale;
    if (shift < 0) {
      return DivideHalfUp(Widen(left.unscaled),
                          Widen(right.unscaled) * Wide::GetScaleMultiplier(-shift));
    }
    if (DigitsOf(left.unscaled) + shift > kWideDigits) return std::nullopt;
    return DivideHalfUp(Widen(left.unscaled) * Wide::GetScaleMultiplier(shift),
                        Widen(right.unscaled));
  }
  const int common = std::max(left.scale, right.scale);
  const Wide a = Rescale(Widen(left.unscaled), left.scale, common);
  const Wide b = Rescale(Widen(right.unscaled), right.scale, common);
  if (op == '+') return Rescale(a + b, common, scale);
  if (op == '-') return Rescale(a + (-b), common, scale);
  return Rescale(a % b, common, scale);
}

template <char op>
void Decimals(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& to = extra.result;
  const Wide limit = Wide::GetScaleMultiplier(to.precision());
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const Operand left = DecimalOperand(args[0], row, extra.parameters[0]);
    const Operand right = DecimalOperand(args[1], row, extra.parameters[1]);
    if ((op == '/' || op == '%') && right.unscaled == 0) {
      return std::string(op == '/' ? kDivideByZero : kRemainderByZero);
    }
    const std::optional<Wide> value = Compute(op, left, right, to.scale());
    if (!value || Absolute(*value) >= limit) return DecimalOverflow("The result", to);
    output.SetDecimal(row, Narrow(*value), to.precision());
    return {};
  });
}

// ---- integers and DOUBLE ---------------------------------------------------------------------

void DivideDoubles(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto divisor = args[1].Get<double>(row);
    if (divisor == 0) return std::string(kDivideByZero);
    output.Set(row, args[0].Get<double>(row) / divisor);
    return {};
  });
}

void DivideLongs(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto value = args[0].Get<int64_t>(row);
    const auto divisor = args[1].Get<int64_t>(row);
    if (divisor == 0) return std::string(kDivideByZero);
    if (divisor == -1 && value == std::numeric_limits<int64_t>::min()) {
      return "[ARITHMETIC_OVERFLOW] Overflow in integral divide. Use 'try_divide' to tolerate "
             "overflow and return NULL instead.";
    }
    output.Set(row, value / divisor);
    return {};
  });
}

template <class T>
T Remainder(T value, T divisor) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(value, divisor);
  } else {
    return divisor == -1 ? T{0} : static_cast<T>(value % divisor);
  }
}

template <class T, bool positive>
void Modulo(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const T divisor = args[1].Get<T>(row);
    if (divisor == 0) return std::string(kRemainderByZero);
    T rest = Remainder(args[0].Get<T>(row), divisor);
    if (positive && rest < 0) rest = Remainder(static_cast<T>(rest + divisor), divisor);
    output.Set(row, rest);
    return {};
  });
}

template <bool positive>
duckdb_scalar_function_t ModuloBody(TypeId type) {
  switch (type) {
    case TypeId::kByte:
      return Modulo<int8_t, positive>;
    case TypeId::kShort:
      return Modulo<int16_t, positive>;
    case TypeId::kInt:
      return Modulo<int32_t, positive>;
    case TypeId::kLong:
      return Modulo<int64_t, positive>;
    case TypeId::kFloat:
      return Modulo<float, positive>;
    case TypeId::kDouble:
      return Modulo<double, positive>;
    case TypeId::kDecimal:
      return positive ? nullptr : Decimals<'%'>;
    default:
      return nullptr;
  }
}

// As in Java: only the low bits of the count are used.
template <class T>
void ShiftLeft(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  using Unsigned = std::make_unsigned_t<T>;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto count = static_cast<unsigned>(args[1].Get<int32_t>(row)) % (8 * sizeof(T));
    output.Set(row, static_cast<T>(static_cast<Unsigned>(args[0].Get<T>(row)) << count));
    return {};
  });
}

// `word` is what the function is called in the SQL text.
struct Named {
  duckdb_scalar_function_t body = nullptr;
  std::string_view word;
};

Named BodyOf(std::string_view name, const Type& first) {
  const bool decimal = first.Is(TypeId::kDecimal);
  if (name == "try_add:decimal") return {Decimals<'+'>, "try_add"};
  if (name == "try_subtract:decimal") return {Decimals<'-'>, "try_subtract"};
  if (name == "try_multiply:decimal") return {Decimals<'*'>, "try_multiply"};
  if (name == "try_divide:decimal" || name == "try_avg:decimal") {
    return {Decimals<'/'>, "try_divide"};
  }
  if (name == "+:decimal") return {Decimals<'+'>, "add"};
  if (name == "-:decimal") return {Decimals<'-'>, "subtract"};
  if (name == "*:decimal") return {Decimals<'*'>, "multiply"};
  if (name == "/:decimal" || name == "avg:decimal") return {Decimals<'/'>, "divide"};
  if (name == "/" && first.Is(TypeId::kDouble)) return {DivideDoubles, "divide"};
  if (name == "/" && decimal) return {Decimals<'/'>, "divide"};
  if (name == "%" || name == "mod") return {ModuloBody<false>(first.id()), "mod"};
  if (name == "pmod") return {ModuloBody<true>(first.id()), "pmod"};
  if (name == "div" && first.Is(TypeId::kLong)) return {DivideLongs, "div"};
  if (name == "shiftleft" && first.Is(TypeId::kInt)) return {ShiftLeft<int32_t>, "shiftleft"};
  if (name == "shiftleft" && first.Is(TypeId::kLong)) return {ShiftLeft<int64_t>, "shiftleft"};
  return {};
}

}  // namespace

std::optional<FunctionSpec> ArithmeticFunction(std::string_view name,
                                               const std::vector<Type>& arguments,
                                               const Type& result) {
  if (arguments.size() != 2) return std::nullopt;
  const Named named = BodyOf(name, arguments.front());
  if (named.body == nullptr) return std::nullopt;
  FunctionSpec spec;
  spec.name = fmt::format("spark_{}_{}", named.word, TypeWord(arguments[0]));
  if (arguments[1] != arguments[0]) spec.name += "_" + TypeWord(arguments[1]);
  if (result != arguments[0]) spec.name += "_as_" + TypeWord(result);
  spec.extra.parameters = arguments;
  spec.extra.result = result;
  spec.extra.null_on_error = named.word.starts_with("try_");
  spec.body = named.body;
  return spec;
}

}  // namespace oresmith::engine
