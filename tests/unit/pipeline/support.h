#pragma once

// A folder that tests fill with files.

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_folder.h"

namespace oresmith::pipeline {

class TestFolder : public TemporaryFolder {
 public:
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(path()) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
};

}  // namespace oresmith::pipeline
