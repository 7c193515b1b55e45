#include "delta/md5.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace oresmith::delta {
namespace {

using Words = std::array<uint32_t, 4>;

/// Mixes one block of 64 bytes into `state`.
void AddBlock(const char* block, Words& state) {
  static constexpr std::array<std::array<int, 4>, 4> kShifts = {
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  std::array<uint32_t, 16> words{};
  std::memcpy(words.data(), block, 64);
  auto [a, b, c, d] = state;
  for (uint32_t i = 0; i < 64; ++i) {
    uint32_t mixed = 0;
    uint32_t index = 0;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        index = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        index = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        index = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        index = 7 * i % 16;
    }
    // The constants are the fractions of sines, as the RFC defines them.
    const auto constant = static_cast<uint32_t>(std::floor(std::abs(std::sin(i + 1)) * 0x1p32));
    const uint32_t sum = a + mixed + constant + words[index];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[i / 16][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::string Md5Hex(std::string_view bytes) {
  Words state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::string padded(bytes);
  padded += '\x80';
  padded.append((120 - padded.size() % 64) % 64, '\0');
  const uint64_t bits = bytes.size() * 8;
  padded.append(reinterpret_cast<const char*>(&bits), 8);
  for (size_t at = 0; at < padded.size(); at += 64) AddBlock(padded.data() + at, state);
  std::string hex;
  for (const uint32_t word : state) hex += fmt::format("{:08x}", __builtin_bswap32(word));
  return hex;
}

}  // namespace oresmith::delta
