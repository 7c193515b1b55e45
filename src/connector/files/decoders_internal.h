#pragma once

// The decoder of a source's files, and the schema that they have.

#include <memory>
#include <vector>

#include "base/result.h"
#include "connector/files/listing_internal.h"
#include "connector/files/options_internal.h"
#include "format/chunk_decoder.h"

namespace oresmith::connector {

/// REQUIRES: not Parquet.
/// `inferred` says that `schema` was, so that its last column takes what does not fit.
/// Errors: kInvalidInput, kUnsupported: a schema that the format cannot give.
Result<std::unique_ptr<format::ChunkDecoder>> MakeDecoder(const FileSettings& settings,
                                                          FileFormat format,
                                                          const types::Schema& schema,
                                                          bool inferred);

/// The columns of a sample of `files`. Errors: see InferFileSchema.
Result<types::Schema> InferSchema(const FileSettings& settings, FileFormat format,
                                  const std::vector<FileEntry>& files);

}  // namespace oresmith::connector
