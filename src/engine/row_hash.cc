// Hashes that must be Spark's bit by bit: people join and partition by them.

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>

#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

constexpr int kSeed = 42;

template <class T>
T Load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// Murmur3, 32 bits. Source: Spark, Murmur3_x86_32: the last bytes of a text are mixed in one by
// one.
class Murmur {
 public:
  using Hash = uint32_t;

  static Hash OfInt(int32_t value, Hash seed) {
    return Finish(Mix(seed, MixKey(static_cast<uint32_t>(value))), 4);
  }
  static Hash OfLong(int64_t value, Hash seed) {
    Hash hash = Mix(seed, MixKey(static_cast<uint32_t>(value)));
    hash = Mix(hash, MixKey(static_cast<uint32_t>(static_cast<uint64_t>(value) >> 32)));
    return Finish(hash, 8);
  }
  static Hash OfBytes(std::string_view bytes, Hash seed) {
    Hash hash = seed;
    const size_t whole = bytes.size() / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) hash = Mix(hash, MixKey(Load<uint32_t>(&bytes[i])));
    for (size_t i = whole; i < bytes.size(); ++i) {
      hash = Mix(hash, MixKey(static_cast<uint32_t>(static_cast<signed char>(bytes[i]))));
    }
    return Finish(hash, static_cast<uint32_t>(bytes.size()));
  }

 private:
  static uint32_t MixKey(uint32_t key) { return std::rotl(key * 0xcc9e2d51U, 15) * 0x1b873593U; }
  static uint32_t Mix(uint32_t hash, uint32_t key) {
    return std::rotl(hash ^ key, 13) * 5 + 0xe6546b64U;
  }
  static uint32_t Finish(uint32_t hash, uint32_t length) {
    hash ^= length;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
    return hash ^ (hash >> 16);
  }
};

// xxHash, 64 bits. Source: the specification of XXH64.
class Xx {
 public:
  using Hash = uint64_t;

  static Hash OfInt(int32_t value, Hash seed) {
    Hash hash = seed + kPrime5 + 4;
    hash ^= uint64_t{static_cast<uint32_t>(value)} * kPrime1;
    return Finish(std::rotl(hash, 23) * kPrime2 + kPrime3);
  }
  static Hash OfLong(int64_t value, Hash seed) {
    Hash hash = seed + kPrime5 + 8;
    hash ^= Round(0, static_cast<uint64_t>(value));
    return Finish(std::rotl(hash, 27) * kPrime1 + kPrime4);
  }
  static Hash OfBytes(std::string_view bytes, Hash seed) {
    const char* at = bytes.data();
    size_t left = bytes.size();
    Hash hash = seed + kPrime5;
    if (left >= 32) hash = Stripes(at, left, seed);
    hash += bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
      hash = std::rotl(hash ^ Round(0, Load<uint64_t>(at)), 27) * kPrime1 + kPrime4;
    }
    for (; left >= 4; left -= 4, at += 4) {
      hash = std::rotl(hash ^ (Load<uint32_t>(at) * kPrime1), 23) * kPrime2 + kPrime3;
    }
    for (; left > 0; --left, ++at) {
      hash = std::rotl(hash ^ (static_cast<unsigned char>(*at) * kPrime5), 11) * kPrime1;
    }
    return Finish(hash);
  }

 private:
  static constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                            kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                            kPrime5 = 0x27D4EB2F165667C5;
  static Hash Round(Hash lane, uint64_t input) {
    return std::rotl(lane + input * kPrime2, 31) * kPrime1;
  }
  static Hash Stripes(const char*& at, size_t& left, Hash seed) {
    std::array<Hash, 4> lanes{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
    for (; left >= 32; left -= 32, at += 32) {
      for (size_t i = 0; i < 4; ++i) lanes[i] = Round(lanes[i], Load<uint64_t>(at + 8 * i));
    }
    Hash hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
                std::rotl(lanes[3], 18);
    for (const Hash lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
    return hash;
  }
  static Hash Finish(Hash hash) {
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return hash ^ (hash >> 32);
  }
};

// The shortest two's complement, most significant byte first, as Java's BigInteger gives it.
std::string BigIntegerBytes(Int128 value) {
  std::string bytes;
  for (int i = 0; i < 16; ++i) {
    bytes.insert(bytes.begin(), static_cast<char>(value & 0xFF));
    value >>= 8;
    const bool top = (bytes.front() & 0x80) != 0;
    if ((value == 0 && !top) || (value == -1 && top)) break;
  }
  return bytes;
}

template <class Algorithm>
typename Algorithm::Hash HashOf(const Datum& value, const Type& type,
                                typename Algorithm::Hash seed) {
  if (value.IsNull()) return seed;
  switch (type.id()) {
    case TypeId::kBoolean:
      return Algorithm::OfInt(value.Bool() ? 1 : 0, seed);
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kDate:
    case TypeId::kIntervalYearMonth:
      return Algorithm::OfInt(static_cast<int32_t>(value.Int()), seed);
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kIntervalDayTime:
      return Algorithm::OfLong(value.Int(), seed);
    case TypeId::kFloat: {
      auto number = static_cast<float>(value.Double());
      if (number == 0) number = 0;
      const int32_t bits = std::isnan(number) ? 0x7fc00000 : std::bit_cast<int32_t>(number);
      return Algorithm::OfInt(bits, seed);
    }
    case TypeId::kDouble: {
      const double number = value.Double() == 0 ? 0.0 : value.Double();
      const int64_t bits = std::isnan(number) ? 0x7ff8000000000000 : std::bit_cast<int64_t>(number);
      return Algorithm::OfLong(bits, seed);
    }
    case TypeId::kDecimal:
      if (type.precision() <= 18) {
        return Algorithm::OfLong(static_cast<int64_t>(value.Decimal()), seed);
      }
      return Algorithm::OfBytes(BigIntegerBytes(value.Decimal()), seed);
    case TypeId::kArray:
      for (const Datum& element : value.List()) {
        seed = HashOf<Algorithm>(element, type.element(), seed);
      }
      return seed;
    case TypeId::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        seed = HashOf<Algorithm>(value.List()[i], type.fields()[i].type, seed);
      }
      return seed;
    case TypeId::kString:
    case TypeId::kBinary:
      return Algorithm::OfBytes(value.Text(), seed);
    default:
      return seed;
  }
}

template <class Algorithm>
typename Algorithm::Hash HashAll(const RowCall& call) {
  typename Algorithm::Hash hash = kSeed;
  for (size_t i = 0; i < call.args.size(); ++i) {
    hash = HashOf<Algorithm>(call.args[i], call.types[i], hash);
  }
  return hash;
}

std::string Murmur3(const RowCall& call, Datum& out) {
  out = Datum(int64_t{static_cast<int32_t>(HashAll<Murmur>(call))});
  return {};
}

std::string XxHash64(const RowCall& call, Datum& out) {
  out = Datum(static_cast<int64_t>(HashAll<Xx>(call)));
  return {};
}

std::string Crc32(const RowCall& call, Datum& out) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : call.Text(0)) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  out = Datum(int64_t{~crc});
  return {};
}

constexpr RowEntry kEntries[] = {
    {"crc32", Crc32},
    {"hash", Murmur3, RowNulls::kPassed},
    {"xxhash64", XxHash64, RowNulls::kPassed},
};

}  // namespace

std::span<const RowEntry> HashRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
