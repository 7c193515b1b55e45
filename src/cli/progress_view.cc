#include "cli/progress_view.h"

#include <algorithm>
#include <cmath>

#include "cli/text_table.h"
#include "cli/text_width.h"

namespace oresmith::cli {
namespace {

constexpr std::chrono::milliseconds kPlainPause{2000};
constexpr int kNameWidthMin = 12;
constexpr std::string_view kStopping =
    "stopping after the epoch under way; Ctrl-C again stops at once";

std::string Lag(const pipeline::TableProgress& table) {
  if (table.backlog_unit.empty()) return "-";
  return fmt::format("{} {}", WithThousands(table.backlog), table.backlog_unit);
}

std::string Rate(const pipeline::TableProgress& table) {
  if (table.rows_per_second <= 0) return "-";
  return WithThousands(std::llround(table.rows_per_second));
}

std::vector<std::string> LinesWithNames(const pipeline::Progress& progress, int name_width) {
  TextTable table({{"table"},
                   {"state"},
                   {"rows in", true},
                   {"rows out", true},
                   {"dropped", true},
                   {"bad", true},
                   {"rows/s", true},
                   {"lag", true}});
  for (const pipeline::TableProgress& one : progress.tables) {
    table.Add({CutTo(one.name, name_width), std::string(StateName(one.state)),
               WithThousands(one.rows_in), WithThousands(one.rows_out),
               WithThousands(one.rows_dropped), WithThousands(one.bad_records), Rate(one),
               Lag(one)});
  }
  return table.Lines();
}

}  // namespace

std::string_view StateName(pipeline::FlowState state) {
  switch (state) {
    case pipeline::FlowState::kQueued:
      return "queued";
    case pipeline::FlowState::kRunning:
      return "running";
    case pipeline::FlowState::kIdle:
      return "idle";
    case pipeline::FlowState::kCompleted:
      return "completed";
    case pipeline::FlowState::kFailed:
      return "failed";
    case pipeline::FlowState::kSkipped:
      return "skipped";
  }
  return "";
}

std::vector<std::string> ProgressLines(const pipeline::Progress& progress, int width) {
  int name_width = 0;
  for (const auto& one : progress.tables) name_width = std::max(name_width, DisplayWidth(one.name));
  std::vector<std::string> lines = LinesWithNames(progress, name_width);
  int excess = 0;
  for (const std::string& line : lines) excess = std::max(excess, DisplayWidth(line) - width);
  if (width == 0 || excess <= 0) return lines;
  return LinesWithNames(progress, std::max(kNameWidthMin, name_width - excess));
}

void ProgressView::Show(const pipeline::Progress& progress) {
  if (style_ == ProgressStyle::kPlain) {
    Print(progress);
  } else {
    Draw(progress);
  }
  static_cast<void>(out_.Flush());  // a closed output is told at the end
}

void ProgressView::Print(const pipeline::Progress& progress) {
  if (progress.elapsed - printed_at_ < kPlainPause) return;
  std::string block;
  for (const std::string& line : ProgressLines(progress, 0)) block += line + "\n";
  if (block == printed_) return;
  printed_at_ = progress.elapsed;
  out_.Write(fmt::format("after {}:\n{}\n", ElapsedText(progress.elapsed.count()), block));
  printed_ = std::move(block);
}

void ProgressView::Draw(const pipeline::Progress& progress) {
  const std::string time = ElapsedText(progress.elapsed.count());
  // A line that wraps, or a block higher than the screen, could not be drawn over.
  const int width = std::max(20, out_.columns()) - 1;
  const auto height = static_cast<size_t>(std::max(4, out_.lines() - 1));
  std::vector<std::string> lines = ProgressLines(progress, width);
  lines.push_back(stop_.stop_requested() ? fmt::format("{}  {}", time, kStopping) : time);
  if (lines.size() > height) {
    lines.erase(lines.begin() + 1, lines.end() - static_cast<std::ptrdiff_t>(height) + 1);
  }
  std::string text = drawn_lines_ > 0 ? fmt::format("\033[{}A\r", drawn_lines_) : "";
  for (const std::string& line : lines) text += CutTo(line, width) + "\033[K\n";
  drawn_lines_ = static_cast<int>(lines.size());
  out_.Write(text + "\033[J");
}

void ProgressView::Clear() {
  if (drawn_lines_ == 0) return;
  out_.Write(fmt::format("\033[{}A\r\033[J", drawn_lines_));
  drawn_lines_ = 0;
}

}  // namespace oresmith::cli
