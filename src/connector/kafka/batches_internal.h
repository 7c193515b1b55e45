#pragma once

// Messages to columns.

#include <memory>
#include <vector>

#include "columnar/batch.h"
#include "connector/kafka/intake_internal.h"

namespace oresmith::connector {

/// Rows of the messages [begin, end) of a run, which are freed; `columns` counts KafkaColumns().
/// Errors: kBadRecord when the bytes of one column pass 2 GiB.
Result<columnar::Batch> KafkaBatch(KafkaRun& run, size_t begin, size_t end,
                                   const types::Schema& schema, const std::vector<int>& columns);

/// Rows of runs; `keep` is what the messages must not outlive.
std::unique_ptr<columnar::BatchReader> MakeKafkaRunReader(std::vector<KafkaRun> runs,
                                                          std::shared_ptr<KafkaClient> keep,
                                                          types::Schema schema,
                                                          std::vector<int> columns);

}  // namespace oresmith::connector
