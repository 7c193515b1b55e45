#pragma once

// Lines of text as Hadoop's LineRecordReader, and so Spark, splits them: \n, \r\n and a lone \r
// end a line.

#include <cstdint>
#include <string_view>
#include <vector>

namespace oresmith::format {

/// The lines of `chunk`, without their ends; what follows the last line end is a line if it is not
/// empty. The views point into `chunk`.
std::vector<std::string_view> SplitLines(std::string_view chunk);

/// How many lines SplitLines gives.
int64_t CountLines(std::string_view chunk);

/// The size of the longest beginning of `chunk` that ends with a line end; 0 when there is none. A
/// \r at the very end does not count: a \n may follow it.
size_t WholeLinesSize(std::string_view chunk);

/// The text without a leading UTF-8 byte order mark.
std::string_view WithoutByteOrderMark(std::string_view text);

}  // namespace oresmith::format
