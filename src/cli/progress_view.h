#pragma once

// A run's progress on the screen: one line per table, redrawn in place on a terminal, else printed
// now and then.

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/console.h"
#include "pipeline/pipeline.h"

namespace oresmith::cli {

enum class ProgressStyle {
  kInPlace,  // ANSI: the block is drawn over
  kPlain     // a block after each two seconds in which something changed, no escape codes
};

/// Used by one thread.
class ProgressView {
 public:
  /// `out` must outlive the view. Once `stop` is requested, the block says that the run is ending.
  ProgressView(Console& out, ProgressStyle style, std::stop_token stop)
      : out_(out), style_(style), stop_(std::move(stop)) {}

  void Show(const pipeline::Progress& progress);
  /// Takes the last drawn block away again: the summary follows. Nothing when printed plainly.
  void Clear();

 private:
  void Print(const pipeline::Progress& progress);
  void Draw(const pipeline::Progress& progress);

  Console& out_;
  ProgressStyle style_;
  std::stop_token stop_;
  int drawn_lines_ = 0;
  std::chrono::milliseconds printed_at_{0};  // of the run's elapsed time
  std::string printed_;                      // the last block, without its time
};

/// The title line and one line per table. If `width` is not 0, names of tables are cut so that the
/// lines fit, down to 12 columns.
std::vector<std::string> ProgressLines(const pipeline::Progress& progress, int width);

/// queued, running, idle, completed, failed, skipped.
std::string_view StateName(pipeline::FlowState state);

}  // namespace oresmith::cli
