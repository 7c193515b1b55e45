#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "engine/plain_functions_internal.h"
#include "engine/vector_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;
using Arguments = std::vector<Argument>;

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), StartsCharacter);
}

// Where character number `index` begins; the text's size when there are fewer.
size_t ByteOf(std::string_view text, int64_t index) {
  size_t at = 0;
  for (int64_t character = 0; at < text.size() && character < index; ++character) {
    ++at;
    while (at < text.size() && !StartsCharacter(text[at])) ++at;
  }
  return at;
}

// Counts from 1, from the end when negative; 0 is as 1.
// Source: Spark's UTF8String.substringSQL.
std::string_view Substring(std::string_view text, int64_t position, int64_t length) {
  int64_t start = position > 0 ? position - 1 : 0;
  if (position < 0) start = CountCharacters(text) + position;
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  const int64_t end = std::min(start + length, kMax);
  if (end <= start || end <= 0) return {};
  const size_t first = ByteOf(text, std::max(start, int64_t{0}));
  const size_t last = end == kMax ? text.size() : ByteOf(text, end);
  return text.substr(first, last - first);
}

void SubstringBody(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.SetText(
        row, Substring(args[0].Text(row), args[1].Get<int32_t>(row), args[2].Get<int32_t>(row)));
    return {};
  });
}

// Through the wider type, which rounds as Java does: the C library gives 3.0000000000000004 for 27.
void CubeRootBody(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    output.Set(row,
               static_cast<double>(std::cbrt(static_cast<long double>(args[0].Get<double>(row)))));
    return {};
  });
}

}  // namespace

std::optional<FunctionSpec> PlainFunction(std::string_view name) {
  FunctionSpec spec;
  if (name == "cbrt") {
    spec.name = "spark_cbrt";
    spec.extra.parameters = {Type(TypeId::kDouble)};
    spec.extra.result = Type(TypeId::kDouble);
    spec.body = CubeRootBody;
    return spec;
  }
  if (name != "substring") return std::nullopt;
  const Type number(TypeId::kInt);
  spec.name = "spark_substring";
  spec.extra.parameters = {Type(TypeId::kString), number, number};
  spec.extra.result = Type(TypeId::kString);
  spec.body = SubstringBody;
  return spec;
}

}  // namespace oresmith::engine
