#pragma once

// Identity columns: values that are allotted to new rows, and the mark in the table's schema up to
// which they are. Two statements that allot conflict, so that no value is given twice.
// Source: Delta PROTOCOL.md, "Identity Columns"; Spark, IdentityColumn.

#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"

namespace oresmith::command {

/// GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY (START WITH .. INCREMENT BY ..), as the parser
/// hands it on in ColumnDefinition::generated_sql; absent for any other text.
/// Errors: kInvalidInput for a step of 0, or a type that is not BIGINT.
Result<std::optional<types::Field>> IdentityField(types::Field field, const std::string& generated);

/// The value of the column up to which no identity value must be given out: its largest, or its
/// smallest where they count down; absent when there is none.
Result<std::optional<int64_t>> OutermostIdentity(const columnar::Relation& rows, int column,
                                                 const types::Field& field);

/// The field with a mark that is not before `outermost`. The mark never goes back.
/// Errors: kInvalidInput for a field that is no identity column, and when there are no more values.
Result<types::Field> SyncedIdentity(types::Field field, std::optional<int64_t> outermost);

/// The identity columns of a table while one statement writes to it.
class IdentityColumns {
 public:
  /// `given`: by column, whether the statement gives its value.
  IdentityColumns(std::string table, const delta::Metadata& metadata, std::vector<bool> given);

  /// New rows with their values. Errors: kInvalidInput for a value given where they are always
  /// generated, and when there are no more values.
  Result<columnar::Batch> Fill(const columnar::Batch& rows);
  /// Errors: kInvalidInput when an UPDATE gives an identity column a value.
  Status CheckUpdate() const;
  /// The metadata with the new marks; absent when nothing was allotted.
  std::optional<delta::Metadata> Changed() const;

 private:
  struct Column {
    size_t index = 0;
    int64_t step = 1;
    bool always = true;
    std::optional<int64_t> next;  // absent: there is no further one
    std::optional<int64_t> last;  // allotted here
  };
  Result<std::shared_ptr<arrow::Array>> Allot(Column& column, const arrow::Array& values);

  const std::string table_;
  const delta::Metadata& metadata_;
  const std::vector<bool> given_;
  std::vector<Column> columns_;
};

}  // namespace oresmith::command
