#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "engine/cast_functions_internal.h"
#include "engine/vector_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;
using Arguments = std::vector<Argument>;

// ---- from STRING -----------------------------------------------------------------------------

template <class T, class Parse>
void FromText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector,
              const Parse& parse) {
  Output output(vector);
  const Type& to = ExtraOf(info).result;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const std::string_view text = args[0].Text(row);
    const auto value = parse(text);
    if (!value) return InvalidInput(text, to);
    output.Set(row, static_cast<T>(*value));
    return {};
  });
}

template <class T>
void TextToInteger(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<T>(info, input, output, [](std::string_view text) {
    return ParseInteger(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  });
}
void TextToDouble(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<double>(info, input, output, ParseDouble);
}
void TextToFloat(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<float>(info, input, output, ParseFloat);
}
void TextToBoolean(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<bool>(info, input, output, ParseBoolean);
}
void TextToDate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<int32_t>(info, input, output, ParseDate);
}
void TextToClock(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  FromText<int64_t>(info, input, output, [](std::string_view text) -> std::optional<int64_t> {
    const auto parsed = ParseTimestamp(text);
    if (!parsed) return std::nullopt;
    return parsed->micros;
  });
}

// NULL, without an error, where a time zone database is needed or the text is malformed: then
// TimestampParts is asked.
void TextToInstant(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto parsed = ParseTimestamp(args[0].Text(row));
    if (!parsed || !parsed->region.empty()) {
      output.SetNull(row);
      return {};
    }
    output.Set(row, parsed->micros - int64_t{1'000'000} * parsed->offset_seconds.value_or(0));
    return {};
  });
}

// The wall clock, and the name of its zone: UTC where the text gives an offset, NULL where it gives
// no zone.
void TimestampParts(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  Output clock(duckdb_struct_vector_get_child(vector, 0));
  Output zone(duckdb_struct_vector_get_child(vector, 1));
  const auto set_null = [&](idx_t row) {
    output.SetNull(row);
    clock.SetNull(row);
    zone.SetNull(row);
  };
  const FunctionExtra& extra = ExtraOf(info);
  const Argument text(input, 0);
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); ++row) {
    const auto parsed = text.IsNull(row) ? std::nullopt : ParseTimestamp(text.Text(row));
    if (!parsed) {
      set_null(row);
      if (text.IsNull(row) || extra.null_on_error) continue;
      const std::string error = InvalidInput(text.Text(row), Type(TypeId::kTimestamp));
      duckdb_scalar_function_set_error(info, error.c_str());
      return;
    }
    clock.Set(row, parsed->micros - int64_t{1'000'000} * parsed->offset_seconds.value_or(0));
    if (!parsed->region.empty()) {
      zone.SetText(row, parsed->region);
    } else if (parsed->offset_seconds) {
      zone.SetText(row, "UTC");
    } else {
      zone.SetNull(row);
    }
  }
}

void TextToDecimal(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const Type& to = ExtraOf(info).result;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const std::string_view text = args[0].Text(row);
    const ParsedDecimal parsed = ParseDecimal(text, to.precision(), to.scale());
    if (!parsed.unscaled) {
      if (parsed.failure == DecimalFailure::kTooLong) {
        return fmt::format(
            "[NUMERIC_OUT_OF_SUPPORTED_RANGE] The value '{}' cannot be interpreted as a "
            "numeric since it has more than 38 digits.",
            text);
      }
      return parsed.failure == DecimalFailure::kOverflow ? DecimalOverflow(text, to)
                                                         : InvalidInput(text, to);
    }
    output.SetDecimal(row, *parsed.unscaled, to.precision());
    return {};
  });
}

// ---- from FLOAT and DOUBLE -------------------------------------------------------------------

template <class T>
T FloatArgument(const Argument& argument, idx_t row, const Type& type) {
  return type.Is(TypeId::kFloat) ? static_cast<T>(argument.Get<float>(row))
                                 : static_cast<T>(argument.Get<double>(row));
}

std::string FloatText(const Argument& argument, idx_t row, const Type& type) {
  std::string text;
  if (type.Is(TypeId::kFloat)) {
    AppendFloat(text, argument.Get<float>(row));
  } else {
    AppendDouble(text, argument.Get<double>(row));
  }
  return text;
}

template <class T>
void FloatToInteger(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& from = extra.parameters.front();
  constexpr auto kMax = static_cast<double>(std::numeric_limits<T>::max());
  constexpr auto kMin = static_cast<double>(std::numeric_limits<T>::min());
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto value = FloatArgument<double>(args[0], row, from);
    // Not the negation: NaN is out of range too.
    if (!(std::floor(value) <= kMax && std::ceil(value) >= kMin)) {
      const char* suffix = from.Is(TypeId::kDouble) ? "D" : "";
      return CastOverflow(FloatText(args[0], row, from) + suffix, from, extra.result);
    }
    // The double nearest to the largest BIGINT is one more than that.
    output.Set(row, value >= kMax ? std::numeric_limits<T>::max() : static_cast<T>(value));
    return {};
  });
}

void DoubleToFloat(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.Set(row, static_cast<float>(args[0].Get<double>(row)));
    return {};
  });
}

void FloatToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const Type& from = ExtraOf(info).parameters.front();
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.SetText(row, FloatText(args[0], row, from));
    return {};
  });
}

// As Spark: by way of the number's text. NaN and infinities are NULL even in ANSI mode.
void FloatToDecimal(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& from = extra.parameters.front();
  const Type& to = extra.result;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    if (!std::isfinite(FloatArgument<double>(args[0], row, from))) {
      output.SetNull(row);
      return {};
    }
    // A FLOAT becomes a DOUBLE first: 0.1 is 0.10000000149011612.
    std::string text;
    AppendDouble(text, FloatArgument<double>(args[0], row, from));
    const ParsedDecimal parsed = ParseDecimal(text, to.precision(), to.scale());
    if (!parsed.unscaled) return DecimalOverflow(text, to);
    output.SetDecimal(row, *parsed.unscaled, to.precision());
    return {};
  });
}

void FloatToInstant(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& from = extra.parameters.front();
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const auto seconds = FloatArgument<double>(args[0], row, from);
    if (!std::isfinite(seconds)) return InvalidInput(FloatText(args[0], row, from), extra.result);
    if (!(std::abs(seconds) < 9.2e12)) {
      return CastOverflow(FloatText(args[0], row, from) + "D", from, extra.result);
    }
    output.Set(row, static_cast<int64_t>(seconds * 1e6));
    return {};
  });
}

// ---- from DECIMAL and the integers -----------------------------------------------------------

Int128 Whole(const Argument& argument, idx_t row, const Type& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return argument.Get<int8_t>(row);
    case TypeId::kShort:
      return argument.Get<int16_t>(row);
    case TypeId::kInt:
      return argument.Get<int32_t>(row);
    case TypeId::kLong:
      return argument.Get<int64_t>(row);
    default:
      return argument.Decimal(row, type.precision());
  }
}

int ScaleOf(const Type& type) { return type.Is(TypeId::kDecimal) ? type.scale() : 0; }

std::string DecimalText(Int128 unscaled, int scale) {
  std::string text;
  AppendDecimal(text, unscaled, scale);
  return text;
}

template <class T>
void DecimalToInteger(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& from = extra.parameters.front();
  const Int128 unit = PowerOfTen(ScaleOf(from));
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const Int128 unscaled = Whole(args[0], row, from);
    const Int128 value = unscaled / unit;
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
      const char* suffix = from.Is(TypeId::kDecimal) ? "BD" : from.Is(TypeId::kLong) ? "L" : "";
      return CastOverflow(DecimalText(unscaled, ScaleOf(from)) + suffix, from, extra.result);
    }
    output.Set(row, static_cast<T>(value));
    return {};
  });
}

void ToDecimal(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const FunctionExtra& extra = ExtraOf(info);
  const Type& from = extra.parameters.front();
  const Type& to = extra.result;
  const int shift = to.scale() - ScaleOf(from);
  const Int128 factor = PowerOfTen(std::abs(shift));
  const Int128 limit = PowerOfTen(to.precision());
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const Int128 unscaled = Whole(args[0], row, from);
    Int128 value = unscaled;
    bool fits = true;
    if (shift >= 0) {
      fits = !__builtin_mul_overflow(unscaled, factor, &value);
    } else {
      value = unscaled / factor;
      const Int128 rest = unscaled % factor;
      if ((rest < 0 ? -rest : rest) >= factor - (rest < 0 ? -rest : rest)) {
        value += unscaled < 0 ? -1 : 1;
      }
    }
    if (!fits || value >= limit || value <= -limit) {
      return DecimalOverflow(DecimalText(unscaled, ScaleOf(from)), to);
    }
    output.SetDecimal(row, value, to.precision());
    return {};
  });
}

template <class T, class Parse>
void DecimalToFloating(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector,
                       const Parse& parse) {
  Output output(vector);
  const Type& from = ExtraOf(info).parameters.front();
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const Int128 unscaled = args[0].Decimal(row, from.precision());
    output.Set(row, static_cast<T>(*parse(DecimalText(unscaled, from.scale()))));
    return {};
  });
}
void DecimalToDouble(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  DecimalToFloating<double>(info, input, output, ParseDouble);
}
void DecimalToFloat(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  DecimalToFloating<float>(info, input, output, ParseFloat);
}

// ---- to STRING -------------------------------------------------------------------------------

void DecimalToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const Type& from = ExtraOf(info).parameters.front();
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.SetText(row, DecimalText(args[0].Decimal(row, from.precision()), from.scale()));
    return {};
  });
}

void DateToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  std::string text;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    text.clear();
    AppendDate(text, args[0].Get<int32_t>(row));
    output.SetText(row, text);
    return {};
  });
}

void TimestampToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  std::string text;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    text.clear();
    AppendTimestamp(text, args[0].Get<int64_t>(row));
    output.SetText(row, text);
    return {};
  });
}

// Bytes that are not UTF-8 are shown as U+FFFD: DuckDB's VARCHAR cannot hold them.
void BinaryToText(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.SetText(row, ReplaceInvalidUtf8(args[0].Text(row)));
    return {};
  });
}

duckdb_scalar_function_t FromTextBody(TypeId to) {
  switch (to) {
    case TypeId::kBoolean:
      return TextToBoolean;
    case TypeId::kByte:
      return TextToInteger<int8_t>;
    case TypeId::kShort:
      return TextToInteger<int16_t>;
    case TypeId::kInt:
      return TextToInteger<int32_t>;
    case TypeId::kLong:
      return TextToInteger<int64_t>;
    case TypeId::kFloat:
      return TextToFloat;
    case TypeId::kDouble:
      return TextToDouble;
    case TypeId::kDecimal:
      return TextToDecimal;
    case TypeId::kDate:
      return TextToDate;
    case TypeId::kTimestamp:
      return TextToInstant;
    case TypeId::kTimestampNtz:
      return TextToClock;
    default:
      return nullptr;
  }
}

duckdb_scalar_function_t FromFloatBody(TypeId from, TypeId to) {
  switch (to) {
    case TypeId::kByte:
      return FloatToInteger<int8_t>;
    case TypeId::kShort:
      return FloatToInteger<int16_t>;
    case TypeId::kInt:
      return FloatToInteger<int32_t>;
    case TypeId::kLong:
      return FloatToInteger<int64_t>;
    case TypeId::kFloat:
      return from == TypeId::kDouble ? DoubleToFloat : nullptr;
    case TypeId::kDecimal:
      return FloatToDecimal;
    case TypeId::kString:
      return FloatToText;
    case TypeId::kTimestamp:
      return FloatToInstant;
    default:
      return nullptr;
  }
}

duckdb_scalar_function_t FromWholeBody(const Type& from, const Type& to) {
  const bool decimal = from.Is(TypeId::kDecimal);
  switch (to.id()) {
    case TypeId::kByte:
      return DecimalToInteger<int8_t>;
    case TypeId::kShort:
      return DecimalToInteger<int16_t>;
    case TypeId::kInt:
      return DecimalToInteger<int32_t>;
    case TypeId::kLong:
      return DecimalToInteger<int64_t>;
    case TypeId::kDecimal:
      return ToDecimal;
    // Up to 15 digits, DuckDB's one division is rounded correctly.
    case TypeId::kDouble:
      return decimal && from.precision() > 15 ? DecimalToDouble : nullptr;
    case TypeId::kFloat:
      return decimal && from.precision() > 7 ? DecimalToFloat : nullptr;
    case TypeId::kString:
      return DecimalToText;
    default:
      return nullptr;
  }
}

duckdb_scalar_function_t Body(const Type& from, const Type& to) {
  if (from.Is(TypeId::kString)) return FromTextBody(to.id());
  if (from.Is(TypeId::kFloat) || from.Is(TypeId::kDouble)) return FromFloatBody(from.id(), to.id());
  if (from.IsNumeric()) return FromWholeBody(from, to);
  if (!to.Is(TypeId::kString)) return nullptr;
  switch (from.id()) {
    case TypeId::kDate:
      return DateToText;
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return TimestampToText;
    case TypeId::kBinary:
      return BinaryToText;
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<FunctionSpec> CastFunction(const Type& from, const Type& to, sql::CastMode mode) {
  FunctionSpec spec;
  spec.body = Body(from, to);
  if (spec.body == nullptr) return std::nullopt;
  const bool is_try = mode == sql::CastMode::kTry;
  spec.name = fmt::format("spark_{}{}_to_{}", is_try ? "try_" : "", TypeWord(from), TypeWord(to));
  spec.extra.parameters = {from};
  spec.extra.result = to;
  spec.extra.null_on_error = is_try;
  return spec;
}

FunctionSpec TimestampPartsFunction(sql::CastMode mode) {
  const bool is_try = mode == sql::CastMode::kTry;
  FunctionSpec spec;
  spec.name = is_try ? "spark_try_timestamp_parts" : "spark_timestamp_parts";
  spec.extra.parameters = {Type(TypeId::kString)};
  spec.extra.result = Type::Struct(
      {{.name = "clock", .type = Type(TypeId::kTimestampNtz), .nullable = true, .comment = {}},
       {.name = "zone", .type = Type(TypeId::kString), .nullable = true, .comment = {}}});
  spec.extra.null_on_error = is_try;
  spec.body = TimestampParts;
  return spec;
}

}  // namespace oresmith::engine
