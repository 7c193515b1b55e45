"""OPTIMIZE, VACUUM, RESTORE, FSCK REPAIR TABLE, CONVERT TO DELTA through `oresmith query`."""

import json
import os

from scenario import Scenario, SIMPLE_SQL
from test_change import Commands

NO_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled=false"


class Maintained(Commands):
    def folder(self, table="t"):
        return next(self.root.rglob(f"{table}/_delta_log")).parent

    def data_files(self, table="t"):
        return sorted(self.folder(table).rglob("*.parquet"))


class Optimized(Maintained):
    def test_small_files_become_one_and_the_rows_stay(self):
        for i in range(4, 7):
            self.query(f"INSERT INTO t VALUES ({i}, 'x', 1)")
        before = self.rows()
        metrics = self.query("OPTIMIZE t")[0]["metrics"]
        self.assertEqual((metrics["numFilesAdded"], metrics["numFilesRemoved"]), (1, 4))
        self.assertEqual(metrics["filesRemoved"]["totalFiles"], 4)
        self.assertEqual(self.rows(), before)
        self.assertEqual(len(self.rows("t VERSION AS OF 1")), 3)
        self.assertEqual(self.operations()[0], "OPTIMIZE")
        self.assertEqual(self.query("OPTIMIZE t")[0]["metrics"]["numFilesAdded"], 0)
        self.assertEqual(len(self.operations()), 6, "nothing to do is no version")

    def test_zorder_takes_columns_in_any_case_and_refuses_others_at_their_place(self):
        self.query("INSERT INTO t VALUES (4, 'x', 1)")
        self.query("OPTIMIZE t ZORDER BY (ID, name)")
        history = self.query("DESCRIBE HISTORY t LIMIT 1")[0]
        self.assertEqual(history["operationParameters"]["zOrderBy"], '["id","name"]')
        done = self.refused_with("there is no column nam\\b", "OPTIMIZE t ZORDER BY (nam)")
        self.assertRegex(done.err, "1:23")
        self.assertIn("its columns: id, name, amount", done.err)

    def test_where_chooses_partitions_and_only_these(self):
        self.query("CREATE TABLE d (day DATE, n INT) USING DELTA PARTITIONED BY (day)")
        for n in range(2):
            self.query(f"INSERT INTO d VALUES (DATE'2026-01-30', {n}), (DATE'2026-01-31', {n}), "
                       f"(NULL, {n})")
        metrics = self.query("OPTIMIZE d WHERE day > '2026-01-30'")[0]["metrics"]
        self.assertEqual((metrics["numFilesRemoved"], metrics["partitionsOptimized"]), (2, 1))
        metrics = self.query("OPTIMIZE d WHERE day IS NULL")[0]["metrics"]
        self.assertEqual(metrics["numFilesRemoved"], 2)
        self.assertEqual(len(self.rows("d")), 6)
        done = self.refused_with("n is no partition column", "OPTIMIZE d WHERE n = 1")
        self.assertIn("name only day", done.err)
        self.refused_with(r"\bm\b.*1:18|1:18(.|\n)*\bm\b", "OPTIMIZE d WHERE m = 1")
        self.refused_with("no partitions", "OPTIMIZE t WHERE id = 1")
        self.refused_with("subquery", "OPTIMIZE d WHERE day IN (SELECT max(day) FROM d)")


class Vacuumed(Maintained):
    def test_files_of_the_last_week_stay(self):
        self.query("DELETE FROM t WHERE id = 1")
        self.assertEqual(self.query("VACUUM t DRY RUN"), [])
        self.query("VACUUM t")
        self.assertEqual(len(self.rows("t VERSION AS OF 1")), 3)

    def test_less_than_a_week_is_refused_unless_the_check_is_off(self):
        self.query("DELETE FROM t WHERE id = 1")
        done = self.refused_with("below 168 hours", "VACUUM t RETAIN 0 HOURS")
        self.assertIn(f"--set {NO_CHECK}", done.err)
        would = self.ok("query", "VACUUM t RETAIN 0 HOURS DRY RUN", "--set", NO_CHECK,
                        "--format", "csv").out.split()
        self.assertEqual(len(would), 2)
        self.assertTrue(os.path.exists(would[1]), "a dry run deletes nothing")
        self.ok("query", "VACUUM t RETAIN 0 HOURS", "--set", NO_CHECK)
        self.assertFalse(os.path.exists(would[1]))
        self.assertEqual(len(self.rows()), 2)
        self.assertEqual(self.operations()[:2], ["VACUUM END", "VACUUM START"])
        self.assertNotEqual(self.call("query", "SELECT * FROM t VERSION AS OF 1").code, 0)
        self.refused_with("deleted already", "RESTORE t TO VERSION AS OF 1")

    def test_lite_takes_what_the_log_says_and_full_also_strangers(self):
        self.query("DELETE FROM t WHERE id = 1")
        stranger = self.folder() / "stranger.parquet"
        stranger.write_bytes(b"x")
        for mode, gone in (("LITE", False), ("FULL", True)):
            self.ok("query", f"VACUUM t {mode} RETAIN 0 HOURS", "--set", NO_CHECK)
            self.assertEqual(len([p for p in self.data_files() if p != stranger]), 1)
            self.assertEqual(not stranger.exists(), gone, mode)

    def test_a_time_that_is_none_is_refused(self):
        self.refused_with("number of hours", "VACUUM t RETAIN soon HOURS")
        self.refused_with("no time to wait", "VACUUM t RETAIN 1e300 HOURS")


class Restored(Maintained):
    def test_rows_come_back_by_version_and_by_time(self):
        self.query("DELETE FROM t WHERE id < 3")
        row = self.query("RESTORE TABLE t TO VERSION AS OF 1")[0]
        self.assertEqual((row["num_removed_files"], row["num_restored_files"],
                          row["num_of_files_after_restore"]), (1, 1, 1))
        self.assertEqual(len(self.rows()), 3)
        self.assertEqual(self.operations()[0], "RESTORE")
        self.assertEqual(len(self.rows("t VERSION AS OF 2")), 1)
        for version, commit in enumerate(sorted(self.root.rglob("t/_delta_log/*.json"))):
            os.utime(commit, (1_700_000_000 + 10 * version,) * 2)
        self.query("RESTORE t TO TIMESTAMP AS OF timestamp_seconds(1700000025)")
        self.assertEqual(len(self.rows()), 1)

    def test_versions_and_times_that_are_not_there_are_refused_at_their_place(self):
        done = self.refused_with("there is no version 9", "RESTORE t TO VERSION AS OF 9")
        self.assertIn("the newest is 1", done.err)
        self.assertRegex(done.err, "1:28")
        self.refused_with("2001", "RESTORE t TO TIMESTAMP AS OF '2001-01-01'")
        self.refused_with("soon", "RESTORE t TO TIMESTAMP AS OF 'soon'")
        self.assertEqual(len(self.operations()), 2)


class Repaired(Maintained):
    def test_missing_files_are_listed_and_taken_out(self):
        self.query("INSERT INTO t VALUES (4, 'd', 4)")
        lost = self.data_files()[0]
        lost.unlink()
        found = self.query("FSCK REPAIR TABLE t DRY RUN")
        self.assertEqual([(row["dataFilePath"], row["dataFileMissing"]) for row in found],
                         [(lost.name, True)])
        self.assertNotEqual(self.call("query", "SELECT * FROM t").code, 0)
        self.assertEqual(self.query("FSCK REPAIR TABLE t"), found)
        self.assertIn(len(self.rows()), (1, 3))
        self.assertEqual(self.query("FSCK REPAIR TABLE t"), [])


class Converted(Maintained):
    def test_a_folder_of_parquet_files_becomes_a_table_where_it_is(self):
        self.query("CREATE TABLE d (day DATE, n INT) USING DELTA PARTITIONED BY (day)")
        self.query("INSERT INTO d VALUES (DATE'2026-01-30', 1), (DATE'2026-01-31', 2)")
        plain = self.root / "plain"
        self.folder("d").rename(plain)
        for path in (plain / "_delta_log").iterdir():
            path.unlink()
        (plain / "_delta_log").rmdir()
        done = self.call("query", f"CONVERT TO DELTA parquet.`{plain}`")
        self.assertRegex(done.err, "day")
        done = self.query(f"CONVERT TO DELTA parquet.`{plain}` PARTITIONED BY (day DATE)")
        self.assertEqual(done, [{"num_converted_files": 2, "num_converted_rows": 2}])
        self.assertEqual(self.query(f"SELECT n FROM delta.`{plain}` WHERE day = '2026-01-31'"),
                         [{"n": 2}])
        self.refused_with("table", f"CONVERT TO DELTA parquet.`{plain}` PARTITIONED BY (day DATE)")
        self.refused_with("only a folder of Parquet files", "CONVERT TO DELTA t")


class KeptByThePipeline(Scenario):
    def setUp(self):
        super().setUp()
        (self.root / "p.sql").write_text(SIMPLE_SQL)
        (self.root / "in").mkdir()
        (self.root / "in" / "a.json").write_text('{"id": 1, "amount": 2}\n')
        self.ok("run")
        (self.root / "in" / "b.json").write_text('{"id": 2, "amount": 3}\n')
        self.ok("run")

    def test_its_tables_are_kept_in_shape_and_it_goes_on(self):
        for table in ("events", "totals"):
            self.ok("query", f"OPTIMIZE {table}")
            self.ok("query", f"VACUUM {table} RETAIN 0 HOURS", "--set", NO_CHECK)
        (self.root / "in" / "c.json").write_text('{"id": 3, "amount": 4}\n')
        self.ok("run")
        rows = self.ok("query", "SELECT id FROM events ORDER BY id", "--format", "csv").out
        self.assertEqual(rows.split(), ["id", "1", "2", "3"])

    def test_small_files_are_put_together_while_it_runs(self):
        sql = SIMPLE_SQL.replace(
            "STREAMING TABLE events AS", "STREAMING TABLE events TBLPROPERTIES "
            "('delta.autoOptimize.autoCompact' = 'true', 'oresmith.autoCompact.minFiles' = '3') AS")
        (self.root / "p.sql").write_text(sql)
        self.ok("query", "ALTER TABLE events SET TBLPROPERTIES ('delta.autoOptimize.autoCompact' = "
                "'true', 'oresmith.autoCompact.minFiles' = '3')")
        (self.root / "in" / "c.json").write_text('{"id": 3, "amount": 4}\n')
        self.ok("run")
        history = self.ok("query", "DESCRIBE HISTORY events LIMIT 1", "--format", "json").out
        self.assertEqual(json.loads(history)["operation"], "OPTIMIZE")
        self.assertEqual(json.loads(history)["operationParameters"]["auto"], "true")
        detail = json.loads(self.ok("query", "DESCRIBE DETAIL events", "--format", "json").out)
        self.assertEqual(detail["numFiles"], 1)
        (self.root / "in" / "d.json").write_text('{"id": 4, "amount": 5}\n')
        self.ok("run")
        rows = self.ok("query", "SELECT id FROM events ORDER BY id", "--format", "csv").out
        self.assertEqual(rows.split(), ["id", "1", "2", "3", "4"])
        rows = self.ok("query", "SELECT events FROM totals", "--format", "csv").out
        self.assertEqual(rows.split(), ["events", "4"])

    def test_a_materialized_view_is_neither_restored_nor_cut(self):
        self.assertIn("materialized view",
                      self.call("query", "RESTORE totals TO VERSION AS OF 0").err)
        self.assertIn("materialized view", self.call("query", "FSCK REPAIR TABLE totals").err)
        self.ok("query", "FSCK REPAIR TABLE totals DRY RUN")

    def test_a_streaming_table_is_restored_with_a_warning(self):
        done = self.ok("query", "RESTORE events TO VERSION AS OF 1")
        self.assertIn("do not come again", done.err)
