#pragma once

// A folder of files that is removed at the end of a test.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace oresmith::connector {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oresmith_XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string At(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// Writes a file, and the folders above it. Files get rising modification times: a second each.
  void Write(std::string_view name, std::string_view content) {
    const std::filesystem::path file = At(name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    SetTime(name, ++seconds_);
  }
  void SetTime(std::string_view name, int64_t seconds) const {
    const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0},
                               {.tv_sec = seconds, .tv_nsec = 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, At(name).c_str(), times, 0), 0);
  }

 private:
  std::string path_;
  int64_t seconds_ = 1700000000;
};

}  // namespace oresmith::connector
