#pragma once

// A folder that goes away with the test, and a clock that stands still.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"

namespace oresmith::pipeline {

/// A fresh folder, removed at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oresmith-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  std::string path_;
};

/// Moves only when it is slept on.
class StillClock final : public Clock {
 public:
  Instant Now() const override { return Instant{1'795'000'000'000'000 + now_ns_ / 1000}; }
  std::chrono::nanoseconds Steady() const override { return std::chrono::nanoseconds(now_ns_); }
  void Sleep(std::chrono::nanoseconds duration, std::stop_token) const override {
    now_ns_ += duration.count();
  }

 private:
  mutable std::atomic<int64_t> now_ns_ = 1'000'000'000;
};

}  // namespace oresmith::pipeline
