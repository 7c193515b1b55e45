#include "cli/progress_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace oresmith::cli {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

pipeline::Progress OneTable(int64_t rows, milliseconds elapsed) {
  pipeline::TableProgress table;
  table.name = "silver.order_items";
  table.state = pipeline::FlowState::kRunning;
  table.rows_in = rows;
  table.rows_out = rows - 1;
  table.rows_dropped = 1;
  table.rows_per_second = 1999.6;
  table.backlog = 3;
  table.backlog_unit = "versions";
  pipeline::Progress progress;
  progress.tables.push_back(table);
  progress.elapsed = elapsed;
  return progress;
}

class ProgressViewTest : public testing::Test {
 protected:
  std::string Written() {
    std::fflush(file_.get());
    std::rewind(file_.get());
    std::string text;
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
      text += static_cast<char>(c);
    }
    return text;
  }
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_{std::tmpfile()};
};

TEST_F(ProgressViewTest, ALineTellsStateRowsRateAndLag) {
  EXPECT_THAT(
      ProgressLines(OneTable(1000, milliseconds(0)), 0),
      ElementsAre(
          "table               state    rows in  rows out  dropped  bad  rows/s         lag",
          "silver.order_items  running    1,000       999        1    0   2,000  3 versions"));
}

TEST_F(ProgressViewTest, NamesAreCutSoThatTheNumbersFit) {
  const auto lines = ProgressLines(OneTable(1000, milliseconds(0)), 76);
  EXPECT_THAT(lines[1], HasSubstr("silver.order_…  running    1,000"));
  EXPECT_THAT(lines[1], HasSubstr("3 versions"));
}

TEST_F(ProgressViewTest, PlainOutputHasNoEscapesAndComesEveryTwoSeconds) {
  Console out(file_.get(), {});
  ProgressView view(out, ProgressStyle::kPlain, {});
  for (int i = 0; i <= 20; ++i) view.Show(OneTable(i, milliseconds(250 * i)));
  view.Clear();
  const std::string text = Written();
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, Not(HasSubstr("after 0.0 s:\n")));
  EXPECT_THAT(text, HasSubstr("after 2.0 s:\n"));
  EXPECT_THAT(text, HasSubstr("after 4.0 s:\n"));
  EXPECT_THAT(text, Not(HasSubstr("after 4.2 s:\n")));
}

// An idle pipeline that runs for a week must not fill a log.
TEST_F(ProgressViewTest, PlainOutputIsSilentWhileNothingChanges) {
  Console out(file_.get(), {});
  ProgressView view(out, ProgressStyle::kPlain, {});
  for (int i = 0; i <= 100; ++i) view.Show(OneTable(7, milliseconds(1000 * i)));
  const std::string text = Written();
  EXPECT_EQ(text.find("after"), text.rfind("after"));
}

TEST_F(ProgressViewTest, InPlaceTheBlockIsDrawnOverAndSaysThatItIsStopping) {
  Console out(file_.get(), {.is_terminal = true});
  std::stop_source stop;
  ProgressView view(out, ProgressStyle::kInPlace, stop.get_token());
  view.Show(OneTable(1, milliseconds(100)));
  EXPECT_THAT(Written(), Not(HasSubstr("stopping")));
  stop.request_stop();
  view.Show(OneTable(2, milliseconds(200)));
  view.Clear();
  const std::string text = Written();
  EXPECT_THAT(text, HasSubstr("\033[3A\r"));
  EXPECT_THAT(text, testing::EndsWith("\033[3A\r\033[J"));
}

}  // namespace
}  // namespace oresmith::cli
