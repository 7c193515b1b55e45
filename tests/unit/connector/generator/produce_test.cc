#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "connector/generator/generator.h"

namespace oresmith::connector {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Time passes only when somebody sleeps.
class SleepClock final : public Clock {
 public:
  Instant Now() const override { return Instant{kStart + slept_.load() / 1000}; }
  std::chrono::nanoseconds Steady() const override {
    return std::chrono::nanoseconds(slept_.load());
  }
  void Sleep(std::chrono::nanoseconds duration, std::stop_token) const override {
    slept_ += duration.count();
  }
  static constexpr int64_t kStart = 1'800'000'000'000'000;

 private:
  mutable std::atomic<int64_t> slept_ = 0;
};

class Produce : public ::testing::Test {
 protected:
  Produce() {
    std::string name = (fs::temp_directory_path() / "oresmith_produce_XXXXXX").string();
    root_ = mkdtemp(name.data());
    options_.directory = (root_ / "in").string();
    options_.generator.seed = 5;
    options_.count = 100;
    options_.per_file = 40;
  }
  ~Produce() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  Status Run() { return ProduceFiles(options_, clock_, {}, nullptr); }

  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(options_.directory)) {
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      files[entry.path().filename().string()] = text.str();
    }
    return files;
  }

  static int64_t LinesIn(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  }

  fs::path root_;
  ProduceOptions options_;
  SleepClock clock_;
};

TEST_F(Produce, WritesTheCountInFilesNamedByTheirFirstRecord) {
  ASSERT_TRUE(Run().has_value());
  const auto files = Files();
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(LinesIn(files.at("orders-5-0000000000.json")), 40);
  EXPECT_EQ(LinesIn(files.at("orders-5-0000000040.json")), 40);
  EXPECT_EQ(LinesIn(files.at("orders-5-0000000080.json")), 20);
}

TEST_F(Produce, ASecondCallContinuesAndOverwritesNothing) {
  ASSERT_TRUE(Run().has_value());
  const auto before = Files();
  options_.per_file = 15;
  options_.count = 15;
  ASSERT_TRUE(Run().has_value());
  const auto after = Files();
  ASSERT_EQ(after.size(), 4U);
  for (const auto& [name, text] : before) EXPECT_EQ(after.at(name), text);
  EXPECT_THAT(after.at("orders-5-0000000100.json"), HasSubstr("\"order_id\":101,"));
}

TEST_F(Produce, TwoCallsGiveTheFilesThatOneGives) {
  options_.count = 80;
  ASSERT_TRUE(Run().has_value());
  const auto once = Files();
  fs::remove_all(options_.directory);
  options_.count = 40;
  ASSERT_TRUE(Run().has_value());
  ASSERT_TRUE(Run().has_value());
  EXPECT_EQ(Files(), once);
}

TEST_F(Produce, OtherSeedsAndOtherFilesAreLeftAlone) {
  fs::create_directories(options_.directory);
  std::ofstream(fs::path(options_.directory) / "orders-5-old.json") << "{}\n";
  ASSERT_TRUE(Run().has_value());
  options_.generator.seed = 6;
  ASSERT_TRUE(Run().has_value());
  const auto files = Files();
  EXPECT_EQ(files.size(), 7U);
  EXPECT_EQ(files.at("orders-5-old.json"), "{}\n");
  EXPECT_EQ(files.count("orders-6-0000000000.json"), 1U);
}

// A folder is watched while orders land in it: what a reader sees is always complete.
TEST_F(Produce, AFileHasItsNameOnlyWhenItIsComplete) {
  std::vector<ProduceProgress> seen;
  const auto on_file = [&](const ProduceProgress& progress) {
    seen.push_back(progress);
    int64_t bytes = 0;
    for (const auto& [name, text] : Files()) {
      EXPECT_EQ(name.front(), 'o') << name;
      EXPECT_EQ(text.back(), '\n');
      bytes += static_cast<int64_t>(text.size());
    }
    EXPECT_EQ(bytes, progress.bytes);
  };
  ASSERT_TRUE(ProduceFiles(options_, clock_, {}, on_file).has_value());
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen.back().records, 100);
  EXPECT_EQ(seen.back().files, 3);
}

TEST_F(Produce, AStopEndsAnEndlessRunAfterAWholeFile) {
  options_.count = 0;
  std::stop_source stop;
  int64_t files = 0;
  const auto on_file = [&](const ProduceProgress& progress) {
    files = progress.files;
    if (files == 3) stop.request_stop();
  };
  ASSERT_TRUE(ProduceFiles(options_, clock_, stop.get_token(), on_file).has_value());
  EXPECT_EQ(files, 3);
  EXPECT_EQ(Files().size(), 3U);
}

TEST_F(Produce, ARequestedStopLeavesNothingBehind) {
  std::stop_source stop;
  stop.request_stop();
  ASSERT_TRUE(ProduceFiles(options_, clock_, stop.get_token(), nullptr).has_value());
  EXPECT_TRUE(Files().empty());
}

TEST_F(Produce, ARatePacesTheFilesAndTimesAreThen) {
  options_.rate = 20;
  options_.count = 60;
  ASSERT_TRUE(Run().has_value());
  EXPECT_EQ(clock_.Steady(), std::chrono::seconds(3));
  const auto files = Files();
  ASSERT_EQ(files.size(), 3U);  // one each second, although 40 would fit
  // 1,800,000,000 s is 2027-01-15T08:00:00Z; the third second's first order.
  EXPECT_THAT(files.at("orders-5-0000000040.json"), HasSubstr("\"2027-01-15T08:00:02.000Z\""));
}

TEST_F(Produce, UnusableOptionsAreRefusedBeforeAnythingIsWritten) {
  const auto refused = [&](const std::string& part) {
    const Status status = Run();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(status.error().message, HasSubstr(part));
  };
  const ProduceOptions good = options_;
  options_.per_file = 0;
  refused("records per file");
  options_ = good;
  options_.rate = -1;
  refused("rate");
  options_ = good;
  options_.count = -1;
  refused("count");
  options_ = good;
  std::ofstream(root_ / "file") << "x";
  options_.directory = (root_ / "file").string();
  refused("cannot use the folder");
  options_.directory.clear();
  refused("no folder");
}

// Two producers of one seed would give different orders one number.
TEST_F(Produce, AFileOfAnotherProducerIsNotReplaced) {
  const auto on_file = [&](const ProduceProgress& progress) {
    if (progress.files != 1) return;
    std::ofstream(fs::path(options_.directory) / "orders-5-0000000040.json") << "theirs\n";
  };
  const Status status = ProduceFiles(options_, clock_, {}, on_file);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_THAT(status.error().fix, HasSubstr("--seed"));
  EXPECT_EQ(Files().at("orders-5-0000000040.json"), "theirs\n");
}

}  // namespace
}  // namespace oresmith::connector
