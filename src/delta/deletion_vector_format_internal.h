#pragma once

// The numbers of the format of deletion vectors, for its reader and its writer.
// Source: Delta PROTOCOL.md, "Deletion Vector Format"; the Roaring bitmap format.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace oresmith::delta {

inline constexpr uint32_t kVectorMagic = 1681511377;
/// The first byte of a file of vectors.
inline constexpr char kVectorFileVersion = 1;

inline constexpr uint32_t kCookieWithoutRuns = 12346;
inline constexpr uint32_t kCookieWithRuns = 12347;
/// Containers from which on a bitmap with runs has offsets.
inline constexpr size_t kOffsetsMin = 4;
/// Values; more stand in a bitmap.
inline constexpr uint32_t kArrayMax = 4096;
inline constexpr size_t kBitmapBytes = 8192;

inline constexpr std::string_view kZ85Digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// What stands behind the data of a vector in a file.
uint32_t VectorCrc32(std::string_view data);

}  // namespace oresmith::delta
