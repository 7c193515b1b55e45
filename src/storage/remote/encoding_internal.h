#pragma once

// Texts of the stores' protocols: percent-encoding, base64, hex, times; and the hashes they sign
// by.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace oresmith::storage {

/// All bytes but letters, digits, `-._~` and those of `kept`. Source: RFC 3986, section 2.3.
std::string PercentEncode(std::string_view text, std::string_view kept);
/// Undoes it; a `%` that starts no code stays. `plus_is_space` as forms (and S3's lists) write it.
std::string PercentDecode(std::string_view text, bool plus_is_space);

/// ASCII letters alone.
std::string ToLower(std::string_view text);

std::string Base64Encode(std::string_view bytes);
/// As Base64Encode, for URLs: `-` and `_`, without padding. Source: RFC 4648, section 5.
std::string Base64UrlEncode(std::string_view bytes);
/// Nothing when it is not base64.
std::optional<std::string> Base64Decode(std::string_view text);
std::string HexEncode(std::string_view bytes);

/// Raw bytes, 32 of them.
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);
/// The RS256 signature of `text` with a private key in PEM form.
/// Errors: kInvalidInput when the key is none.
Result<std::string> SignRs256(const std::string& pem, std::string_view text);

/// 20150830T123600Z
std::string BasicTime(Instant instant);
/// Sun, 06 Nov 1994 08:49:37 GMT
std::string HttpTime(Instant instant);
/// Milliseconds since 1970 of `2015-08-30T12:36:00.000Z` or of HttpTime's form; nothing otherwise.
std::optional<int64_t> ParseTime(std::string_view text);

}  // namespace oresmith::storage
