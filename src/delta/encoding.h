#pragma once

// How the columns of a data file are encoded, chosen from its first rows.

#include <arrow/record_batch.h>
#include <parquet/properties.h>

#include <memory>
#include <vector>

namespace oresmith::delta {

/// Properties of a Parquet file with such rows: dictionaries only for columns whose values repeat,
/// statistics only where values are short enough to be worth comparing.
std::shared_ptr<parquet::WriterProperties> ChooseEncoding(
    const std::vector<std::shared_ptr<const arrow::RecordBatch>>& first_rows,
    parquet::Compression::type compression);

}  // namespace oresmith::delta
