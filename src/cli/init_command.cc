// oresmith init: a new folder with a pipeline that runs at once.

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/command.h"
#include "cli/init_template.h"
#include "cli/text_table.h"

namespace oresmith::cli {
namespace {

namespace fs = std::filesystem;

std::string Filled(std::string_view content, std::string_view name) {
  constexpr std::string_view kMark = "{{name}}";
  std::string text(content);
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    text.replace(at, kMark.size(), name);
    at += name.size();
  }
  return text;
}

Status WriteFile(const fs::path& path, const std::string& content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    return Fail(ErrorKind::kUnavailable, "init: make {}: {}", path.parent_path().string(),
                error.message());
  }
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) {
    return Fail(ErrorKind::kUnavailable, "init: write {}: {}", path.string(), std::strerror(errno));
  }
  return {};
}

/// The folder is not there yet, or is empty.
Status CheckTarget(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) return {};
  if (!fs::is_directory(status)) {
    return Fail(MakeError(ErrorKind::kAlreadyExists, "init: {} is there already and is no folder",
                          directory.string())
                    .WithFix("choose another name"));
  }
  const bool empty = fs::is_empty(directory, error);
  if (error) {
    return Fail(ErrorKind::kInvalidInput, "init: read {}: {}", directory.string(), error.message());
  }
  if (empty) return {};
  return Fail(
      MakeError(ErrorKind::kAlreadyExists, "init: the folder {} is not empty", directory.string())
          .WithNote("nothing was written")
          .WithFix("choose another name, or empty the folder first"));
}

/// A name that may stand in YAML and in table names as it is.
Result<std::string> PipelineName(const fs::path& directory) {
  std::error_code ignored;
  std::string name = fs::absolute(directory, ignored).lexically_normal().filename().string();
  if (name.empty()) {  // the path ended in a slash
    name = fs::absolute(directory, ignored).lexically_normal().parent_path().filename().string();
  }
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (!plain) {
      return Fail(
          MakeError(ErrorKind::kInvalidInput, "init: '{}' cannot be a pipeline's name", name)
              .WithFix("use letters, digits, '_', '-' and '.'"));
    }
  }
  return name;
}

class InitCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("init", "Make a folder with a working pipeline and sample data");
    command_->add_option("NAME", directory_, "The folder to make")->required();
    command_->footer("Example:\n  oresmith init shop\n  oresmith run shop");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    const Status made = Make(context);
    return made ? ExitCode::kOk : Report(made.error(), context);
  }

 private:
  Status Make(Context& context) const {
    TRY_DO(CheckTarget(directory_));
    TRY(const std::string name, PipelineName(directory_));
    for (const TemplateFile& file : InitTemplate()) {
      TRY_DO(WriteFile(fs::path(directory_) / file.path, Filled(file.content, name)));
      context.out.Write(fmt::format("  {}\n", (fs::path(directory_) / file.path).string()));
    }
    const std::string word = ShellWord(directory_);
    context.out.Write(
        fmt::format("\n{0} is ready. Next:\n"
                    "  {2} run {1}\n"
                    "  {2} query {1} \"SELECT * FROM gold.revenue_per_day\"\n"
                    "  {2} tables {1}\n",
                    name, word, context.program));
    return {};
  }

  CLI::App* command_ = nullptr;
  std::string directory_;
};

}  // namespace

std::unique_ptr<Command> MakeInitCommand() { return std::make_unique<InitCommand>(); }

}  // namespace oresmith::cli
