#include "cli/run_summary.h"

#include "cli/progress_view.h"
#include "cli/text_table.h"

namespace oresmith::cli {
namespace {

std::string Version(int64_t version) { return version < 0 ? "-" : WithThousands(version); }

/// The table that a person most likely wants to see: the last one that has been made.
const pipeline::TableProgress* TableToShow(const pipeline::Progress& progress) {
  const pipeline::TableProgress* best = nullptr;
  for (const pipeline::TableProgress& table : progress.tables) {
    if (table.version < 0) continue;
    const bool view = table.kind == "materialized view";
    if (best == nullptr || view || best->kind != "materialized view") best = &table;
  }
  return best;
}

}  // namespace

std::string QueryCall(const std::string& program, const std::string& directory) {
  if (directory == ".") return program + " query";
  return fmt::format("{} query {}", program, ShellWord(directory));
}

std::string RenderSummary(const pipeline::UpdateSummary& summary, const std::string& storage_root,
                          const std::string& query_call) {
  TextTable table({{"table"},
                   {"kind"},
                   {"state"},
                   {"rows in", true},
                   {"rows out", true},
                   {"dropped", true},
                   {"bad", true},
                   {"version", true},
                   {"refresh"}});
  for (const pipeline::TableProgress& one : summary.progress.tables) {
    table.Add({one.name, one.kind, std::string(StateName(one.state)), WithThousands(one.rows_in),
               WithThousands(one.rows_out), WithThousands(one.rows_dropped),
               WithThousands(one.bad_records), Version(one.version), one.technique});
  }
  std::string text;
  for (const std::string& line : table.Lines()) text += line + "\n";
  text += fmt::format("\n{} {}\n", summary.cancelled ? "stopped as asked after" : "done in",
                      ElapsedText(summary.progress.elapsed.count()));
  text += fmt::format("tables: {}\n", storage_root);
  if (const pipeline::TableProgress* show = TableToShow(summary.progress)) {
    text += fmt::format("query:  {} \"SELECT * FROM {} LIMIT 10\"\n", query_call, show->name);
  }
  return text;
}

}  // namespace oresmith::cli
