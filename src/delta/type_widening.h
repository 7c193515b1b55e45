#pragma once

// Type widening: a column's type grows, its old files stay, and readers cast what they hold.
// Source: Delta PROTOCOL.md, "Type Widening"; Spark, TypeWidening, TypeWideningMetadata.

#include <optional>
#include <string>
#include <string_view>

#include "delta/table.h"
#include "types/type.h"

namespace oresmith::delta {

/// True when every value of `from` is one of `to`, and the protocol knows the change: whole numbers
/// to longer ones, FLOAT to DOUBLE, up to INT to DOUBLE, whole numbers and decimals to decimals
/// with room for them, DATE to TIMESTAMP_NTZ. False for equal types.
bool IsWidening(const types::Type& from, const types::Type& to);

/// The type with the fields of `stored`, and what they note, that holds all values of both: each
/// leaf is the same in both, or (when `may_widen`) one is a widening of the other. Absent when
/// there is none.
std::optional<types::Type> CommonType(const types::Type& stored, const types::Type& other,
                                      bool may_widen);

/// Notes in each field whose type differs from that of the field of the same name (the same number
/// under column mapping) in `before` from what to what it went, as Spark does; at all depths.
/// REQUIRES: CheckEvolution lets `before` go to `after`.
Metadata WithTypeChanges(const Metadata& before, Metadata after);

/// The first change that a field notes and that is no widening: "column: from -> to"; absent when
/// files of all earlier types can be read.
std::optional<std::string> UnknownTypeChange(const types::Schema& schema);

/// Whether the field itself was of the type that the log calls so ("float") once.
bool WasOfType(const types::Field& field, std::string_view json_name);

}  // namespace oresmith::delta
