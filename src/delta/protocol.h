#pragma once

// Which tables this library may read and write: protocol versions and table features.
// Source: Delta PROTOCOL.md, "Table Features". Unknown features fail closed, by name.

#include <string>
#include <string_view>
#include <vector>

#include "delta/table.h"

namespace oresmith::delta {

/// Errors: kUnsupported, with `table` and the names of the features that are in use and not known.
Status CheckReadable(std::string_view table, const Protocol& protocol, const Metadata& metadata);

/// As CheckReadable, for a commit: the table asks nothing of its log that is not known here.
Status CheckCommittable(std::string_view table, const Protocol& protocol, const Metadata& metadata);

/// As CheckCommittable, for new rows: also what a writer would have to keep up and this one cannot.
Status CheckWritable(std::string_view table, const Protocol& protocol, const Metadata& metadata);

/// The features that the types of the schema and the notes of its fields need.
std::vector<std::string> FeaturesOfSchema(const types::Schema& schema);

/// Checks the schema and the partition columns of a new table, or of one that changes.
/// Errors: kInvalidInput for a name that cannot be written without column mapping, for two names
/// that differ in case alone, for partition columns that are missing, doubled or all there is;
/// kUnsupported for a type that a table cannot hold. Messages name the column.
Status CheckNewSchema(std::string_view table, const Metadata& metadata);

/// How columns are found in the data files.
enum class ColumnMapping { kNone, kName, kId };
ColumnMapping ColumnMappingOf(const Properties& configuration);
ColumnMapping ColumnMappingOf(const Metadata& metadata);

/// The value of a boolean table property.
bool IsSet(const Properties& configuration, const std::string& name);

/// A field's metadata value as text, without the quotes of a JSON string; "" when there is none.
std::string FieldMetadata(const types::Field& field, std::string_view key);

}  // namespace oresmith::delta
