// oresmith functions: which functions the SQL has, and which of Spark's it has not.

#include "cli/command.h"
#include "cli/text_table.h"
#include "sql/function_list.h"

namespace oresmith::cli {
namespace {

class FunctionsCommand final : public Command {
 public:
  void Register(CLI::App& app) override {
    command_ = app.add_subcommand("functions", "List the functions of the SQL");
    command_->add_option("pattern", words_, "[LIKE] 'pattern', such as 'array%'")->expected(0, 2);
    command_->add_flag("--markdown", markdown_, "Print docs/reference/functions.md");
    command_->footer("Example:\n  oresmith functions LIKE 'array%'");
  }

  bool WasChosen() const override { return command_->parsed(); }

  ExitCode Run(Context& context) override {
    if (markdown_) {
      context.out.Write(sql::FunctionsPage());
      return ExitCode::kOk;
    }
    std::string pattern = words_.empty() ? "" : words_.back();
    const bool like = words_.size() == 2 && (words_[0] == "LIKE" || words_[0] == "like");
    if (words_.size() == 2 && !like) {
      return Report(MakeError(ErrorKind::kInvalidInput, "functions: '{}' is no pattern", words_[0])
                        .WithFix("oresmith functions LIKE 'array%'"),
                    context);
    }
    TextTable text({{"function"}, {"other names"}, {"kind"}, {"arguments"}, {"stream"}});
    bool any = false;
    for (const sql::FunctionListing& each : sql::ListFunctions(pattern)) {
      any = true;
      const bool here = !each.kind.empty();
      text.Add({each.name, each.other_names, here ? std::string(each.kind) : "only in Spark",
                each.arguments,
                !here            ? ""
                : each.in_stream ? "yes"
                                 : "no"});
    }
    if (!any) {
      return Report(MakeError(ErrorKind::kNotFound, "functions: no name is like '{}'", pattern)
                        .WithFix("see all: oresmith functions"),
                    context);
    }
    for (const std::string& line : text.Lines()) context.out.Write(line + "\n");
    return ExitCode::kOk;
  }

 private:
  CLI::App* command_ = nullptr;
  std::vector<std::string> words_;
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeFunctionsCommand() { return std::make_unique<FunctionsCommand>(); }

}  // namespace oresmith::cli
