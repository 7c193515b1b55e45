#pragma once

// The small tables that commands answer with.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command/command.h"

namespace oresmith::command {

/// A moment as microseconds since 1970 in UTC.
struct Moment {
  int64_t micros = 0;
};
struct Record;
/// NULL: monostate.
using Cell = std::variant<std::monostate, int64_t, bool, double, std::string, Moment,
                          std::map<std::string, std::string>, std::vector<std::string>,
                          std::shared_ptr<const Record>>;
/// A value of a struct: its fields in order.
struct Record {
  std::vector<Cell> fields;
};
Cell RecordCell(std::vector<Cell> fields);

/// Types that a column may have: BIGINT, BOOLEAN, DOUBLE, STRING, TIMESTAMP, MAP<STRING, STRING>,
/// ARRAY<STRING>, and structs of these.
CommandResult MakeRows(types::Schema schema, const std::vector<std::vector<Cell>>& rows);

types::Field TextColumn(std::string name);
types::Field NumberColumn(std::string name);

}  // namespace oresmith::command
