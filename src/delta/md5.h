#pragma once

// MD5, for the checksum of `_last_checkpoint` that the protocol prescribes; no security rests on
// it. Source: RFC 1321.

#include <string>
#include <string_view>

namespace oresmith::delta {

/// 32 lower-case hexadecimal digits.
std::string Md5Hex(std::string_view bytes);

}  // namespace oresmith::delta
