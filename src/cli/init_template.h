#pragma once

// The files of a new pipeline folder. They stand in init_template/ and are built into the program.

#include <string_view>
#include <vector>

namespace oresmith::cli {

struct TemplateFile {
  std::string_view path;     // relative; `{{name}}` in the content is the pipeline's name
  std::string_view content;  // lives as long as the program
};

std::vector<TemplateFile> InitTemplate();

}  // namespace oresmith::cli
