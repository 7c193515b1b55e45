#include "state/key_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "support/temporary_folder.h"

namespace oresmith::state {
namespace {

Fingerprint KeyOf(uint64_t number) {
  return Fingerprinter(7).Of({reinterpret_cast<const char*>(&number), sizeof number});
}

std::vector<SeenKey> Keys(uint64_t from, uint64_t to) {
  std::vector<SeenKey> keys;
  for (uint64_t i = from; i < to; ++i) keys.push_back({.key = KeyOf(i)});
  return keys;
}

int64_t CountNew(KeySet& set, const std::vector<SeenKey>& keys, int64_t watermark) {
  std::vector<bool> is_new;
  EXPECT_TRUE(set.Add(keys, watermark, is_new));
  return std::count(is_new.begin(), is_new.end(), true);
}

TEST(KeySetTest, AKeyIsNewOnce) {
  KeySet set({});
  EXPECT_EQ(CountNew(set, Keys(0, 10'000), 0), 10'000);
  EXPECT_EQ(CountNew(set, Keys(5'000, 15'000), 0), 5'000);
  EXPECT_EQ(CountNew(set, Keys(0, 15'000), 0), 0);
  EXPECT_EQ(set.size(), 15'000);
}

// At every size.
TEST(KeySetTest, AKeyTakesAtMost40Bytes) {
  for (const bool expires : {false, true}) {
    KeySet set({.expires = expires});
    for (uint64_t count = 0; count < 400'000; count += 20'000) {
      CountNew(set, Keys(count, count + 20'000), 0);
      if (count < 40'000) continue;  // 256 tables of some places each are as nothing
      EXPECT_LE(set.bytes(), 40 * set.size()) << count;
      if (!expires) {
        EXPECT_LE(set.bytes(), 27 * set.size()) << count;
      }
    }
  }
}

// Against a map that does the same: keys come again, and are forgotten.
TEST(KeySetTest, ForgetsWhatTheWatermarkHasPassed) {
  KeySet set({.expires = true});
  std::map<uint64_t, int64_t> model;
  std::mt19937_64 dice(3);
  int64_t watermark = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<SeenKey> keys;
    std::vector<bool> expected, is_new;
    for (int i = 0; i < 300; ++i) {
      const uint64_t key = dice() % 5'000;
      const int64_t expiry = watermark + 1 + static_cast<int64_t>(dice() % 50);
      keys.push_back({.key = KeyOf(key), .expiry = expiry});
      const auto known = model.find(key);
      expected.push_back(known == model.end() || known->second <= watermark);
      if (expected.back()) model[key] = expiry;
    }
    ASSERT_TRUE(set.Add(keys, watermark, is_new));
    ASSERT_EQ(is_new, expected) << round;
    ASSERT_TRUE(set.Forget(watermark));
    watermark += 3;
  }
  int64_t live = 0;
  set.ForEach(watermark, [&](const SeenKey&) { ++live; });
  EXPECT_EQ(live, std::count_if(model.begin(), model.end(),
                                [&](const auto& each) { return each.second > watermark; }));
}

TEST(KeySetTest, PlacesOfForgottenKeysAreFreed) {
  KeySet set({.expires = true});
  int64_t largest = 0;
  for (int64_t round = 0; round < 400; ++round) {
    std::vector<SeenKey> keys =
        Keys(static_cast<uint64_t>(round) * 1000, static_cast<uint64_t>(round + 1) * 1000);
    for (SeenKey& key : keys) key.expiry = round + 10;
    CountNew(set, keys, round);
    ASSERT_TRUE(set.Forget(round));
    largest = std::max(largest, set.size());
  }
  // 10,000 are not forgotten at a time; all places are looked at in 32 rounds.
  EXPECT_LT(largest, 60'000);
}

TEST(KeySetTest, MovesIntoFilesPastItsMemory) {
  const TemporaryFolder folder;
  KeySet set({.expires = false, .memory_bytes_max = 1 << 20, .spill_directory = folder.path()});
  EXPECT_EQ(CountNew(set, Keys(0, 20'000), 0), 20'000);
  EXPECT_FALSE(set.is_spilled());
  EXPECT_EQ(CountNew(set, Keys(10'000, 200'000), 0), 180'000);
  EXPECT_TRUE(set.is_spilled());
  ASSERT_TRUE(set.Forget(0));
  EXPECT_EQ(CountNew(set, Keys(0, 200'000), 0), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "the files have no names";
}

TEST(KeySetTest, WithoutAFolderToSpillToAnErrorSaysWhatToDo) {
  KeySet set({.expires = false, .memory_bytes_max = 1 << 20, .spill_directory = {}});
  std::vector<bool> is_new;
  const Status added = set.Add(Keys(0, 200'000), 0, is_new);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(added.error().fix.empty());
}

TEST(FingerprintTest, DependsOnEachByteTheLengthAndTheSeed) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  std::string bytes;
  for (int i = 0; i < 40; ++i) {
    const Fingerprint zeros = Fingerprinter(1).Of(bytes);
    EXPECT_TRUE(seen.emplace(zeros.high, zeros.low).second);
    for (int at = 0; at < i; ++at) {
      std::string changed = bytes;
      changed[static_cast<size_t>(at)] = 'x';
      const Fingerprint other = Fingerprinter(1).Of(changed);
      EXPECT_TRUE(seen.emplace(other.high, other.low).second);
    }
    bytes.push_back('\0');
  }
  EXPECT_NE(Fingerprinter(1).Of("key"), Fingerprinter(2).Of("key"));
  EXPECT_EQ(Fingerprinter(1).Of("key"), Fingerprinter(1).Of("key"));
}

}  // namespace
}  // namespace oresmith::state
