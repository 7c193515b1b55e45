#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/emit_internal.h"
#include "engine/row_functions_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::Attribute;
using types::Type;
using types::TypeId;

std::string FieldSql(const std::string& base, const std::string& name) {
  return fmt::format("({}).{}", base, QuoteName(name));
}

// The struct fields that an exploded element falls apart into; empty when it stays whole.
std::vector<std::string> ElementFields(const Type& collection, std::string_view function) {
  if (collection.Is(TypeId::kMap)) return {"key", "value"};
  if (function.starts_with("inline")) return FieldNames(collection.element());
  return {};
}

bool IsOneOf(const Attribute& column, const std::vector<Attribute>& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const Attribute& other) { return other.id == column.id; });
}

bool EndsWith(const std::vector<Attribute>& output, const std::vector<Attribute>& columns) {
  if (output.size() < columns.size()) return false;
  return std::equal(columns.begin(), columns.end(), output.end() - std::ssize(columns),
                    [](const Attribute& a, const Attribute& b) { return a.id == b.id; });
}

}  // namespace

// One SELECT with unnest() beside the columns that go through: several times faster than a lateral
// join. What falls apart into several columns does so in a SELECT around it.
Result<std::string> Emitter::Generate(const sql::Operator& op, const sql::Generate& generate) {
  const std::string_view function = generate.function->name;
  if (function == "stack" || function == "json_tuple") return Stack(op, generate);
  const bool with_position = function.starts_with("posexplode");
  const bool outer = generate.outer || function.ends_with("_outer");
  if (!with_position && !function.starts_with("explode") && !function.starts_with("inline")) {
    return Fail(ErrorKind::kUnsupported, "the function {} is not supported here", function);
  }
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*generate.input));
  const Type& collection = generate.args.front()->type;
  TRY(std::string list, Expr(*generate.args.front()));
  if (collection.Is(TypeId::kMap)) list = fmt::format("map_entries({})", list);

  const std::vector<std::string> fields = ElementFields(collection, function);
  const std::string element = fields.empty() ? Name(generate.columns.back()) : FreshName("element");
  // Where there is nothing to give, OUTER gives one NULL, at no position.
  const std::string items =
      outer ? fmt::format("CASE WHEN len({0}) > 0 THEN {0} ELSE [NULL] END", list) : list;
  std::map<sql::ColumnId, std::string> own;  // the text in the SELECT around
  for (const Attribute& column : op.output) {
    if (!IsOneOf(column, generate.columns)) block.select.push_back(Name(column));
  }
  if (with_position) {
    const std::string positions =
        outer ? fmt::format("CASE WHEN len({0}) > 0 THEN range(len({0})) ELSE [NULL] END", list)
              : fmt::format("range(len({}))", list);
    const std::string& position = Name(generate.columns.front());
    block.select.push_back(fmt::format("CAST(unnest({}) AS INTEGER) AS {}", positions, position));
    own[generate.columns.front().id] = position;
  }
  block.select.push_back(fmt::format("unnest({}) AS {}", items, element));
  const size_t first = with_position ? 1 : 0;
  if (fields.empty()) own[generate.columns.back().id] = element;
  for (size_t i = 0; i < fields.size(); ++i) {
    const Attribute& column = generate.columns[first + i];
    own[column.id] = fmt::format("{} AS {}", FieldSql(element, fields[i]), Name(column));
  }
  const std::string unnested = Text(std::move(block), &hoist);
  if (fields.empty() && EndsWith(op.output, generate.columns)) return unnested;
  Block around;
  around.from = Nested(unnested);
  for (const Attribute& column : op.output) {
    const auto text = own.find(column.id);
    around.select.push_back(text == own.end() ? Name(column) : text->second);
  }
  if (around.select.empty()) around.select = Columns(op.output);
  return Text(std::move(around), nullptr);
}

// stack(n, a, b, c, ...): n rows, filled row by row, NULL where the values end.
Result<std::string> Emitter::Stack(const sql::Operator& op, const sql::Generate& generate) {
  const bool tuple = generate.function->name == "json_tuple";
  const auto* count = std::get_if<sql::BoundLiteral>(&generate.args.front()->node);
  const auto* given = count == nullptr ? nullptr : std::get_if<int64_t>(&count->value);
  const int64_t rows = tuple ? 1 : given == nullptr ? 0 : *given;
  if (rows < 1) {
    return Fail(ErrorKind::kUnsupported, "stack needs a constant, positive number of rows");
  }
  Hoist hoist;
  hoist_ = &hoist;
  TRY(Block block, InputBlock(*generate.input));
  TRY(std::vector<std::string> values, Exprs(generate.args));
  if (tuple) {
    // json_tuple(text, a, b): one row with a column for each member.
    const types::Type text(types::TypeId::kString);
    const std::string member = Need(*RowFunction("json_tuple:member", {text, text}, text));
    for (size_t i = 1; i < values.size(); ++i) {
      values[i] = fmt::format("{}({}, {})", member, values[0], values[i]);
    }
  }
  const size_t width = generate.columns.size();
  std::vector<std::string> structs;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<std::string> members;
    for (size_t i = 0; i < width; ++i) {
      const size_t index = 1 + static_cast<size_t>(row) * width + i;
      const std::string type = TypeSql(generate.columns[i].type);
      members.push_back(fmt::format("'c{}': CAST({} AS {})", i,
                                    index < values.size() ? values[index] : "NULL", type));
    }
    structs.push_back(fmt::format("{{{}}}", fmt::join(members, ", ")));
  }
  const std::string element = FreshName("element");
  std::map<sql::ColumnId, size_t> own;
  for (size_t i = 0; i < width; ++i) own[generate.columns[i].id] = i;
  for (const Attribute& column : op.output) {
    if (!own.contains(column.id)) block.select.push_back(Name(column));
  }
  block.select.push_back(fmt::format("unnest([{}]) AS {}", fmt::join(structs, ", "), element));
  Block around;
  around.from = Nested(Text(std::move(block), &hoist));
  for (const Attribute& column : op.output) {
    const auto index = own.find(column.id);
    around.select.push_back(
        index == own.end() ? Name(column)
                           : fmt::format("({}).c{} AS {}", element, index->second, Name(column)));
  }
  return Text(std::move(around), nullptr);
}

}  // namespace oresmith::engine
