#pragma once

// The good tables that fuzzing breaks.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace oresmith::fuzz {

/// The objects of a store by key. The table is in the folder "t".
using Objects = std::map<std::string, std::string>;

/// Written by our own writer: with checkpoints of both kinds, checksums, transactions, partitions,
/// all types, and deletion vectors.
Result<std::vector<Objects>> SeedTables();

/// `data` as a deletion vector's file: with its size and its checksum, which a broken one needs to
/// be read at all.
std::string VectorFile(std::string_view data);

}  // namespace oresmith::fuzz
