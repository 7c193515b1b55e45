#include <algorithm>
#include <functional>
#include <random>

#include "command_fixture.h"

namespace oresmith::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace testing_support;

class Merges : public CommandFixture {
 protected:
  void SetUp() override {
    ASSERT_THAT(
        Run("CREATE TABLE t (id BIGINT, name STRING, p INT) USING DELTA PARTITIONED BY (p)"),
        IsOk());
    ASSERT_THAT(Run("INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 1), (NULL, 'n', 0)"), IsOk());
  }
};

TEST_F(Merges, SeveralSourceRowsForOneRowAreRefusedAndChangeNothing) {
  EXPECT_THAT(Run("MERGE INTO t USING VALUES (1, 'x'), (1, 'y') AS s(id, name) ON t.id = s.id "
                  "WHEN MATCHED THEN UPDATE SET name = s.name"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("several rows of the source")));
  EXPECT_EQ(Newest(), 1);
}

// To delete a row twice is to delete it once: there is no choice between two values.
TEST_F(Merges, SeveralSourceRowsMayDeleteOneRow) {
  ASSERT_THAT(Run("MERGE INTO t USING VALUES (1), (1) AS s(id) ON t.id = s.id "
                  "WHEN MATCHED THEN DELETE"),
              IsOk());
  EXPECT_THAT(Rows(), ElementsAre(Row{{}, "n", 0}, Row{2, "b", 1}));
}

TEST_F(Merges, SeveralSourceRowsOfWhichOneAppliesAreNoChoice) {
  ASSERT_THAT(Run("MERGE INTO t USING VALUES (1, 'x'), (1, 'y') AS s(id, name) ON t.id = s.id "
                  "WHEN MATCHED AND s.name = 'y' THEN UPDATE SET name = s.name"),
              IsOk());
  EXPECT_THAT(Rows(), ElementsAre(Row{{}, "n", 0}, Row{1, "y", 0}, Row{2, "b", 1}));
}

TEST_F(Merges, ANullKeyMatchesNothing) {
  ASSERT_THAT(Run("MERGE INTO t USING (SELECT CAST(NULL AS BIGINT) AS id) s ON t.id = s.id "
                  "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, name, p) "
                  "VALUES (s.id, 'new', 3)"),
              IsOk());
  EXPECT_THAT(Rows(), SizeIs(4));
  ASSERT_THAT(Run("MERGE INTO t USING (SELECT CAST(NULL AS BIGINT) AS id) s ON t.id <=> s.id "
                  "WHEN MATCHED THEN DELETE"),
              IsOk());
  EXPECT_THAT(Rows(), ElementsAre(Row{1, "a", 0}, Row{2, "b", 1}));
}

// The first clause whose condition holds counts, also among those without a source row.
TEST_F(Merges, RowsWithoutASourceRowTakeTheFirstClauseThatHolds) {
  ASSERT_THAT(Run("MERGE INTO t USING (SELECT 2L AS id) s ON t.id = s.id "
                  "WHEN NOT MATCHED BY SOURCE AND t.p = 7 THEN DELETE "
                  "WHEN NOT MATCHED BY SOURCE AND t.id = 1 THEN UPDATE SET name = 'first' "
                  "WHEN NOT MATCHED BY SOURCE AND t.p = 0 THEN DELETE "
                  "WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = 'last'"),
              IsOk());
  EXPECT_THAT(Rows(), ElementsAre(Row{1, "first", 0}, Row{2, "b", 1}));
}

TEST_F(Merges, StarsTakeColumnsByNameAndInAnyOrder) {
  ASSERT_THAT(Run("MERGE INTO t USING (SELECT 9 AS p, 'A' AS NAME, 1L AS id UNION ALL "
                  "SELECT 8, 'c', 3L) s ON t.id = s.id "
                  "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"),
              IsOk());
  EXPECT_THAT(Rows(), ElementsAre(Row{{}, "n", 0}, Row{1, "A", 9}, Row{2, "b", 1}, Row{3, "c", 8}));
}

TEST_F(Merges, ARowThatBreaksAConstraintLeavesTheTableAsItIs) {
  ASSERT_THAT(Run("ALTER TABLE t ADD CONSTRAINT short CHECK (length(name) < 3)"), IsOk());
  const int64_t before = Newest();
  EXPECT_THAT(Run("MERGE INTO t USING VALUES (1, 'ok'), (5, 'too long') AS s(id, name) "
                  "ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name "
                  "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("short")));
  EXPECT_EQ(Newest(), before);
  EXPECT_THAT(Run("UPDATE t SET name = 'too long'"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("short")));
  EXPECT_EQ(Newest(), before);
}

// ---- random statements beside a model ----------------------------------------------------------

/// A condition over a row: TRUE, or not (FALSE and NULL are the same to a statement).
struct Condition {
  std::string sql;
  std::function<bool(const Row&)> holds;
};

struct Mode {
  bool vectors = false;
  bool feed = false;
  bool partitioned = false;
};

class Histories : public CommandFixture, public ::testing::WithParamInterface<Mode> {
 protected:
  uint64_t Below(uint64_t end) { return random_() % end; }
  int64_t Key() { return static_cast<int64_t>(Below(40)); }

  Condition AnyCondition() {
    const int64_t key = Key();
    switch (Below(5)) {
      case 0:
        return {fmt::format("id % 5 = {}", key % 5),
                [=](const Row& row) { return row.id && *row.id % 5 == key % 5; }};
      case 1:
        return {fmt::format("NOT (id < {})", key),
                [=](const Row& row) { return row.id && *row.id >= key; }};
      case 2:
        return {fmt::format("p = {}", key % 3),
                [=](const Row& row) { return row.p && *row.p == key % 3; }};
      case 3:
        return {"name IS NULL", [](const Row& row) { return !row.name; }};
      default:
        return {fmt::format("id BETWEEN {} AND {}", key, key + 6),
                [=](const Row& row) { return row.id && *row.id >= key && *row.id <= key + 6; }};
    }
  }

  static std::string Text(const Row& row) {
    return fmt::format("({}, {}, {})", row.id ? fmt::format("{}", *row.id) : "NULL",
                       row.name ? "'" + *row.name + "'" : "NULL",
                       row.p ? fmt::format("{}", *row.p) : "NULL");
  }
  Row AnyRow() {
    Row row{Key(), fmt::format("n{}", Below(100)), static_cast<int64_t>(Below(3))};
    if (Below(8) == 0) row.id.reset();
    if (Below(8) == 0) row.name.reset();
    if (Below(8) == 0) row.p.reset();
    return row;
  }
  std::string AnyRows(std::vector<Row>& rows) {
    std::string text;
    const uint64_t count = 1 + Below(8);
    for (uint64_t i = 0; i < count; ++i) {
      rows.push_back(AnyRow());
      text += (i == 0 ? "" : ", ") + Text(rows.back());
    }
    return text;
  }

  /// Makes a statement, and does the same to the model.
  std::string Insert() {
    std::vector<Row> rows;
    const std::string text = AnyRows(rows);
    model_.insert(model_.end(), rows.begin(), rows.end());
    return "INSERT INTO t VALUES " + text;
  }
  std::string Delete() {
    const Condition where = AnyCondition();
    std::erase_if(model_, where.holds);
    return "DELETE FROM t WHERE " + where.sql;
  }
  std::string Update() {
    const Condition where = AnyCondition();
    const auto p = static_cast<int64_t>(Below(3));
    for (Row& row : model_) {
      if (!where.holds(row)) continue;
      row.name = row.name ? std::optional(*row.name + "u") : std::nullopt;
      row.p = p;
    }
    return fmt::format("UPDATE t SET name = concat(name, 'u'), p = {} WHERE {}", p, where.sql);
  }
  std::string ReplaceWhere() {
    const auto p = static_cast<int64_t>(Below(3));
    std::erase_if(model_, [&](const Row& row) { return row.p && *row.p == p; });
    Row row = AnyRow();
    row.p = p;
    model_.push_back(row);
    return fmt::format("INSERT INTO t REPLACE WHERE p = {} VALUES {}", p, Text(row));
  }
  /// No key is twice in the source, which would be refused.
  std::string Merge() {
    std::vector<Row> source;
    std::string text;
    for (Row row = AnyRow(); source.size() < 6; row = AnyRow()) {
      const bool twice =
          std::ranges::any_of(source, [&](const Row& other) { return other.id == row.id; });
      if (twice) continue;
      text += (source.empty() ? "" : ", ") + Text(row);
      source.push_back(row);
    }
    const Condition by_source = AnyCondition();
    const auto of = [&](const Row& row) {
      return std::ranges::find_if(source,
                                  [&](const Row& other) { return row.id && other.id == row.id; });
    };
    std::vector<Row> now;
    std::vector<Row> fresh;
    for (const Row& row : source) {
      const bool matched = std::ranges::any_of(
          model_, [&](const Row& other) { return row.id && other.id == row.id; });
      if (!matched) fresh.push_back(row);
    }
    for (const Row& row : model_) {
      const auto match = of(row);
      if (match == source.end()) {
        if (!by_source.holds(row)) now.push_back(row);
      } else if (match->p && *match->p == 1) {
        continue;
      } else {
        now.push_back({row.id, match->name, row.p});
      }
    }
    now.insert(now.end(), fresh.begin(), fresh.end());
    model_ = std::move(now);
    return fmt::format(
        "MERGE INTO t USING (SELECT CAST(a AS BIGINT) AS k, CAST(b AS STRING) AS v, CAST(c AS INT) "
        "AS q FROM VALUES {} AS x(a, b, c)) s ON t.id = s.k "
        "WHEN MATCHED AND s.q = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.v "
        "WHEN NOT MATCHED THEN INSERT (id, name, p) VALUES (s.k, s.v, s.q) "
        "WHEN NOT MATCHED BY SOURCE AND {} THEN DELETE",
        text, by_source.sql);
  }

  std::string AnyStatement() {
    switch (Below(7)) {
      case 0:
      case 1:
        return Insert();
      case 2:
        return Delete();
      case 3:
        return Update();
      case 4:
        return ReplaceWhere();
      default:
        return Merge();
    }
  }

  /// The rows of before with the changes of a version.
  static std::vector<Row> Applied(std::vector<Row> rows, const std::vector<ChangedRow>& changes) {
    for (const ChangedRow& change : changes) {
      if (change.type == "insert" || change.type == "update_postimage") {
        rows.push_back(change.row);
        continue;
      }
      const auto gone = std::ranges::find(rows, change.row);
      EXPECT_NE(gone, rows.end()) << "a row ended that was not there: " << Text(change.row);
      if (gone != rows.end()) rows.erase(gone);
    }
    std::ranges::sort(rows);
    return rows;
  }

  std::mt19937_64 random_{17};
  std::vector<Row> model_;
};

TEST_P(Histories, GiveTheRowsAndChangesOfASimpleModel) {
  const Mode mode = GetParam();
  ASSERT_THAT(
      Run(fmt::format("CREATE TABLE t (id BIGINT, name STRING, p INT) USING DELTA {} "
                      "TBLPROPERTIES ('delta.enableDeletionVectors' = '{}', "
                      "'delta.enableChangeDataFeed' = '{}')",
                      mode.partitioned ? "PARTITIONED BY (p)" : "", mode.vectors, mode.feed)),
      IsOk());
  std::vector<Row> before;
  for (int i = 0; i < 25; ++i) {
    const int64_t version = Newest();
    const std::string statement = AnyStatement();
    ASSERT_THAT(Run(statement), IsOk()) << statement;
    std::ranges::sort(model_);
    const std::vector<Row> now = Rows();
    ASSERT_EQ(now, model_) << "statement " << i << ": " << statement;
    if (mode.feed && Newest() > version) {
      ASSERT_EQ(Applied(before, Changes(Newest())), now) << "changes of " << statement;
    }
    before = now;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Modes, Histories,
    ::testing::Values(Mode{}, Mode{.vectors = true}, Mode{.feed = true},
                      Mode{.feed = true, .partitioned = true}, Mode{.vectors = true, .feed = true},
                      Mode{.vectors = true, .feed = true, .partitioned = true}),
    [](const auto& info) {
      return fmt::format("{}{}{}", info.param.vectors ? "Vectors" : "Copies",
                         info.param.feed ? "Feed" : "",
                         info.param.partitioned ? "Partitioned" : "");
    });

}  // namespace
}  // namespace oresmith::command
