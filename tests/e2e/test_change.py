"""Commands over tables: what `oresmith query` runs besides a SELECT."""

import csv
import io
import json
import os
import pathlib

from scenario import Scenario, SIMPLE_SQL


class Commands(Scenario):
    """A folder with one table of nobody: t (id BIGINT, name STRING, amount DOUBLE)."""

    def setUp(self):
        super().setUp()
        (self.root / "p.sql").write_text(SIMPLE_SQL)
        self.query("CREATE TABLE t (id BIGINT NOT NULL, name STRING, amount DOUBLE) USING DELTA")
        self.query("INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', NULL)")

    def query(self, sql):
        out = self.ok("query", sql, "--format", "json").out
        return [json.loads(line) for line in out.splitlines()]

    def rows(self, table="t"):
        out = self.ok("query", f"SELECT * FROM {table}", "--format", "csv").out
        return sorted([",".join(row) for row in csv.reader(io.StringIO(out))][1:])

    def operations(self, table="t"):
        return [row["operation"] for row in self.query(f"DESCRIBE HISTORY {table}")]

    def refused_with(self, pattern, sql):
        done = self.call("query", sql)
        self.assertNotEqual(done.code, 0, sql)
        self.assertRegex(done.err, pattern)
        return done


class Changes(Commands):
    def test_insert_takes_columns_in_any_order_and_by_name(self):
        self.query("INSERT INTO t (amount, id) VALUES (1.5, 4)")
        self.query("INSERT INTO t BY NAME SELECT 'e' AS name, 5 AS id, 0 AS amount")
        self.assertEqual(self.rows()[3:], ["4,,1.5", "5,e,0.0"])

    def test_insert_overwrite_leaves_only_the_new_rows(self):
        self.query("INSERT OVERWRITE t SELECT 9, 'z', 1")
        self.assertEqual(self.rows(), ["9,z,1.0"])

    def test_a_value_of_another_kind_is_refused_at_its_place(self):
        done = self.refused_with("column id: it is BIGINT, and the value is STRING",
                                 "INSERT INTO t VALUES ('x', 'a', 1)")
        self.assertIn("fix:", done.err)
        self.assertEqual(len(self.rows()), 3)

    def test_null_in_a_not_null_column_changes_nothing(self):
        self.refused_with("id", "INSERT INTO t VALUES (7, 'g', 1), (NULL, 'h', 2)")
        self.assertEqual(len(self.rows()), 3)
        self.assertEqual(len(self.operations()), 2)

    def test_replace_where_replaces_the_rows_that_it_names(self):
        self.query("INSERT INTO t REPLACE WHERE id <= 2 SELECT 1, 'new', 0")
        self.assertEqual(self.rows(), ["1,new,0.0", "3,c,"])
        self.refused_with("REPLACE WHERE", "INSERT INTO t REPLACE WHERE id <= 2 SELECT 8, 'x', 0")

    def test_delete_and_update_write_only_what_they_say(self):
        self.assertEqual(self.query("DELETE FROM t WHERE amount > 15"), [{"num_affected_rows": 1}])
        # NULL > 15 is no reason to delete.
        self.assertEqual(self.rows(), ["1,a,10.0", "3,c,"])
        self.assertEqual(self.query("UPDATE t AS x SET amount = x.id * 2, name = upper(name) "
                                    "WHERE id IN (SELECT max(id) FROM t)"),
                         [{"num_affected_rows": 1}])
        self.assertEqual(self.rows(), ["1,a,10.0", "3,C,6.0"])
        self.assertEqual(self.operations(), ["UPDATE", "DELETE", "WRITE", "CREATE TABLE"])
        self.query("DELETE FROM t WHERE id = 77")
        self.assertEqual(len(self.operations()), 4, "a statement without effect is no version")

    def test_with_deletion_vectors_the_data_files_stay(self):
        self.query("ALTER TABLE t SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', "
                   "'delta.enableChangeDataFeed' = 'true')")
        files = sorted(self.root.rglob("part-*.parquet"))
        self.assertEqual(self.query("DELETE FROM t WHERE id = 1"), [{"num_affected_rows": 1}])
        self.assertEqual(sorted(self.root.rglob("part-*.parquet")), files)
        self.query("UPDATE t SET name = 'B' WHERE id = 2")
        self.query("MERGE INTO t USING (SELECT 3 AS id UNION ALL SELECT 4) s ON t.id = s.id "
                   "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)")
        self.assertEqual(self.rows(), ["2,B,20.0", "4,,"])
        self.query("INSERT INTO t REPLACE WHERE id = 4 SELECT 4, 'd', 1")
        self.assertEqual(self.rows(), ["2,B,20.0", "4,d,1.0"])
        self.assertEqual(self.rows("t VERSION AS OF 3"), ["2,b,20.0", "3,c,"])
        self.query("RESTORE TABLE t TO VERSION AS OF 1")
        self.assertEqual(len(self.rows()), 3)

    def test_delete_without_a_condition_and_truncate_empty_the_table(self):
        self.assertEqual(self.query("DELETE FROM t"), [{"num_affected_rows": 3}])
        self.query("INSERT INTO t VALUES (1, 'a', 1)")
        self.query("TRUNCATE TABLE t")
        self.assertEqual(self.rows(), [])

    def test_merge_takes_the_first_clause_that_applies(self):
        done = self.query(
            "MERGE INTO t USING (SELECT * FROM VALUES (1, 'x', true), (2, 'y', false), "
            "(4, 'd', false) AS s(id, name, gone)) AS s ON t.id = s.id "
            "WHEN MATCHED AND s.gone THEN DELETE "
            "WHEN MATCHED THEN UPDATE SET name = s.name, amount = t.amount + 1 "
            "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name) "
            "WHEN NOT MATCHED BY SOURCE THEN UPDATE SET amount = 0")
        self.assertEqual(done, [{"num_affected_rows": 4, "num_updated_rows": 2,
                                 "num_deleted_rows": 1, "num_inserted_rows": 1}])
        self.assertEqual(self.rows(), ["2,y,21.0", "3,c,0.0", "4,d,"])

    def test_merge_with_stars_takes_columns_by_name(self):
        self.query("MERGE INTO t USING (SELECT 'n' AS name, 1.0D AS amount, id FROM range(2, 5)) s "
                   "ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
        self.assertEqual(self.rows(), ["1,a,10.0", "2,n,1.0", "3,n,1.0", "4,n,1.0"])

    def test_merge_of_two_rows_into_one_is_refused(self):
        self.refused_with("several rows of the source match one row",
                          "MERGE INTO t USING (SELECT 1 AS id FROM range(2)) s ON t.id = s.id "
                          "WHEN MATCHED THEN UPDATE SET name = 'x'")
        self.assertEqual(len(self.operations()), 2)

    def test_only_the_partitions_of_the_new_rows_are_overwritten_dynamically(self):
        self.query("CREATE TABLE d (day STRING, n INT) USING DELTA PARTITIONED BY (day)")
        self.query("INSERT INTO d VALUES ('mo', 1), ('tu', 2)")
        self.ok("query", "INSERT OVERWRITE d VALUES ('tu', 3)", "--set",
                "spark.sql.sources.partitionOverwriteMode=dynamic")
        self.assertEqual(self.rows("d"), ["mo,1", "tu,3"])

    def test_a_create_from_a_query_has_its_rows(self):
        self.query("CREATE TABLE copy USING DELTA AS SELECT id * 2 AS twice FROM t")
        self.assertEqual(self.rows("copy"), ["2", "4", "6"])
        self.refused_with("copy", "CREATE TABLE copy (a INT)")
        self.query("CREATE TABLE IF NOT EXISTS copy (a INT)")

    def test_the_change_feed_has_old_and_new_rows(self):
        self.query("ALTER TABLE t SET TBLPROPERTIES ('delta.enableChangeDataFeed' = true)")
        self.query("UPDATE t SET name = 'q' WHERE id = 1")
        folder = next(pathlib.Path(self.root).rglob("t/_change_data"))
        self.assertEqual(len(list(folder.glob("*.parquet"))), 1)
        self.query("INSERT INTO t REPLACE WHERE id = 3 VALUES (3, 'r', 0)")
        changes = self.query("SELECT id, name, _change_type AS type, _commit_version AS version "
                             "FROM table_changes('t', 3) ORDER BY version, type DESC")
        self.assertEqual([" ".join(map(str, row.values())) for row in changes],
                         ["1 a update_preimage 3", "1 q update_postimage 3", "3 r insert 4",
                          "3 c delete 4"])
        self.assertEqual(len(self.query("SELECT * FROM table_changes('default.t', 4, 4)")), 2)

    def test_a_range_of_changes_that_is_not_there_is_refused(self):
        self.query("ALTER TABLE t SET TBLPROPERTIES ('delta.enableChangeDataFeed' = true)")
        for range_, message in (("1", "did not keep its changes in version 1"),
                                ("9", "there is no version 9; the newest is 2"),
                                ("-1", "there is no version -1"),
                                ("2, 1", "ends at version 1, before it begins at 2"),
                                ("'2001-01-01', '2001-01-02'", "there is no version of"),
                                ("'2999-01-01'", "there is no version of"),
                                ("1, 2, 3", "not 4 arguments")):
            with self.subTest(range_):
                self.refused_with(message, f"SELECT * FROM table_changes('t', {range_})")
        self.refused_with("there is no table", "SELECT * FROM table_changes('nothing', 1)")
        # A time before the first commit means all that is there.
        self.assertEqual(self.query("SELECT * FROM table_changes('t', 2, 7)"), [])

    def test_merge_and_insert_bring_new_columns_when_asked(self):
        self.query("MERGE WITH SCHEMA EVOLUTION INTO t USING (SELECT 1 AS id, 'A' AS name, true AS "
                   "good UNION ALL SELECT 7, 'g', false) s ON t.id = s.id "
                   "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
        self.assertEqual(self.rows(), ["1,A,10.0,true", "2,b,20.0,", "3,c,,", "7,g,,false"])
        self.query("INSERT WITH SCHEMA EVOLUTION INTO t BY NAME SELECT 8 AS id, 'x' AS extra")
        self.assertEqual(self.rows()[-1], "8,,,,x")
        self.query("INSERT WITH SCHEMA EVOLUTION INTO t SELECT 9, 'i', 1, true, 'y', 5 AS sixth")
        self.assertEqual(self.rows()[-1], "9,i,1.0,true,y,5")
        self.refused_with("no column|columns", "INSERT INTO t BY NAME SELECT 8 AS id, 1 AS other")
        self.refused_with("has no", "MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id "
                          "WHEN MATCHED THEN UPDATE SET *")

    def test_a_mapped_table_takes_new_columns_too(self):
        self.query("ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', "
                   "'delta.enableDeletionVectors' = 'true')")
        self.query("ALTER TABLE t RENAME COLUMN name TO title")
        self.query("INSERT WITH SCHEMA EVOLUTION INTO t BY NAME SELECT 8 AS id, 'x' AS extra")
        self.query("DELETE FROM t WHERE id = 2")
        self.query("UPDATE t SET title = 'T' WHERE extra = 'x'")
        self.assertEqual(self.rows(), ["1,a,10.0,", "3,c,,", "8,T,,x"])

    def test_reorg_writes_files_without_their_deleted_rows(self):
        self.query("ALTER TABLE t SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
        self.query("DELETE FROM t WHERE id = 1")
        before = set(self.root.rglob("part-*.parquet"))
        self.query("REORG TABLE t APPLY (PURGE)")
        self.assertEqual(len(set(self.root.rglob("part-*.parquet")) - before), 1)
        self.assertEqual(self.rows(), ["2,b,20.0", "3,c,"])
        self.assertEqual(self.operations()[0], "REORG")
        self.refused_with("PURGE", "REORG TABLE t APPLY (SHRINK)")

    def test_files_that_the_condition_rules_out_are_not_read(self):
        self.query("CREATE TABLE d (day STRING, n INT) USING DELTA PARTITIONED BY (day)")
        self.query("INSERT INTO d VALUES ('mo', 1), ('tu', 2), ('tu', 5)")
        self.query("INSERT INTO d VALUES ('tu', 100)")
        for path in self.root.rglob("d/day=mo/*.parquet"):
            path.unlink()
        self.assertNotEqual(self.call("query", "DELETE FROM d WHERE n + 0 = 2").code, 0)
        self.assertEqual(self.query("DELETE FROM d WHERE day = 'tu' AND n = 2"),
                         [{"num_affected_rows": 1}])
        self.assertEqual(self.query("UPDATE d SET n = n + 1 WHERE n > 50"),
                         [{"num_affected_rows": 1}])
        self.query("MERGE INTO d USING (SELECT 5 AS n) s ON d.n = s.n AND d.day = 'tu' "
                   "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (day, n) VALUES ('we', 0)")
        self.assertEqual(self.query("SELECT day, n FROM d WHERE day > 'mo'"),
                         [{"day": "tu", "n": 101}])
        # What wants no value of the files needs none of them.
        self.assertEqual(self.query("SELECT count(*) AS n, max(day) AS d FROM d"),
                         [{"n": 2, "d": "tu"}])
        self.assertEqual(len(self.query("SELECT day FROM d")), 2)
        # A view of the pipeline reads no more either.
        (self.root / "p.sql").write_text(
            "CREATE MATERIALIZED VIEW big AS SELECT n FROM d WHERE day = 'tu' AND n > 1;")
        self.ok("run")
        self.assertEqual(self.rows("big"), ["101"])


class Alterations(Commands):
    def test_columns_constraints_comments_and_properties(self):
        self.query("ALTER TABLE t ADD COLUMNS (note STRING COMMENT 'n')")
        self.query("ALTER TABLE t ALTER COLUMN name COMMENT 'who'")
        self.query("ALTER TABLE t ALTER COLUMN id DROP NOT NULL")
        self.query("COMMENT ON TABLE t IS 'all of it'")
        self.query("ALTER TABLE t SET TBLPROPERTIES ('owner' = 'me')")
        columns = self.query("DESCRIBE t")
        self.assertEqual([c["col_name"] for c in columns], ["id", "name", "amount", "note"])
        self.assertEqual(columns[1]["comment"], "who")
        self.assertEqual(self.query("DESCRIBE DETAIL t")[0]["description"], "all of it")
        self.assertEqual(self.query("SHOW TBLPROPERTIES t ('owner')")[0]["value"], "me")
        self.query("ALTER TABLE t UNSET TBLPROPERTIES (owner)")
        self.refused_with("no property owner", "ALTER TABLE t UNSET TBLPROPERTIES (owner)")

    def test_a_constraint_holds_old_and_new_rows(self):
        self.refused_with("constraint small", "ALTER TABLE t ADD CONSTRAINT small CHECK (id < 3)")
        self.query("ALTER TABLE t ADD CONSTRAINT small CHECK (id < 10)")
        self.refused_with("constraint small", "INSERT INTO t VALUES (11, 'x', 1)")
        self.refused_with("constraint small", "UPDATE t SET id = 10 WHERE id = 1")
        self.assertEqual(len(self.rows()), 3)
        self.query("ALTER TABLE t DROP CONSTRAINT small")
        self.query("INSERT INTO t VALUES (11, 'x', 1)")


class Reading(Commands):
    def test_an_older_version_by_number_and_by_time(self):
        self.query("DELETE FROM t")
        for at in ("VERSION AS OF 1", "FOR VERSION AS OF 1"):
            self.assertEqual(len(self.rows(f"t {at}")), 3)
        self.assertEqual(len(self.rows("t@v1")), 3)
        # The time of a version is that of its file in the log.
        for version, commit in enumerate(sorted(self.root.rglob("t/_delta_log/*.json"))):
            os.utime(commit, (1_800_000_000 + 10 * version,) * 2)
        self.assertEqual(len(self.rows("t TIMESTAMP AS OF timestamp_seconds(1800000015)")), 3)
        # What the history says is what finds the version, and no other.
        times = {row["version"]: row["timestamp"] for row in self.query("DESCRIBE HISTORY t")}
        self.assertEqual(len(self.rows(f"t TIMESTAMP AS OF '{times[1]}'")), 3)
        self.assertEqual(len(self.rows(f"t TIMESTAMP AS OF '{times[2]}'")), 0)
        self.refused_with("there is no version 9", "SELECT * FROM t VERSION AS OF 9")
        self.refused_with("there is no version of",
                          "SELECT * FROM t TIMESTAMP AS OF '2001-01-01'")

    def test_a_limit_leaves_the_other_files_alone(self):
        self.query("CREATE TABLE p (p INT, x INT) USING DELTA PARTITIONED BY (p)")
        self.query("INSERT INTO p SELECT CAST(id AS INT), CAST(id AS INT) FROM range(50)")
        for path in self.root.rglob("p/p=[1-4]?/*.parquet"):
            path.unlink()
        self.assertEqual(len(self.query("SELECT * FROM p LIMIT 3")), 3)
        self.refused_with("a data file is missing", "SELECT sum(x) FROM p")

    def test_a_table_is_read_by_its_folder(self):
        folder = next(self.root.rglob("t/_delta_log")).parent
        self.assertEqual(len(self.rows(f"delta.`{folder}`")), 3)
        self.query(f"DELETE FROM delta.`{folder}` WHERE id = 1")
        self.assertEqual(len(self.rows()), 2)

    def test_tables_columns_and_the_statement_that_makes_one(self):
        self.assertEqual([row["tableName"] for row in self.query("SHOW TABLES")], ["t"])
        self.assertEqual([row["col_name"] for row in self.query("SHOW COLUMNS IN t")],
                         ["id", "name", "amount"])
        statement = self.query("SHOW CREATE TABLE t")[0]["createtab_stmt"]
        self.assertIn("`id` BIGINT NOT NULL", statement)
        history = self.query("DESCRIBE HISTORY t LIMIT 1")[0]
        self.assertEqual(history["operationParameters"]["mode"], "Append")
        self.assertEqual(history["operationMetrics"]["numOutputRows"], "3")

    def test_a_table_that_is_not_there(self):
        self.refused_with("there is no table", "DESCRIBE HISTORY nothing")


class OfThePipeline(Scenario):
    """Who may write what a pipeline writes."""

    def setUp(self):
        super().setUp()
        (self.root / "p.sql").write_text(SIMPLE_SQL)
        (self.root / "in").mkdir()
        (self.root / "in" / "a.json").write_text('{"id": 1, "amount": 2}\n{"id": 2, "amount": 3}\n')
        self.ok("run")

    def test_a_materialized_view_is_its_pipelines_alone(self):
        for sql in ("DELETE FROM totals", "INSERT INTO totals VALUES (1, 2)",
                    "UPDATE totals SET events = 1", "TRUNCATE TABLE totals"):
            done = self.call("query", sql)
            self.assertEqual(done.code, 2, sql)
            self.assertIn("materialized view", done.err)

    def test_a_path_is_the_same_table_by_another_name(self):
        folder = next(self.root.rglob("totals/_delta_log")).parent
        (self.root / "link").symlink_to(self.root / "lakehouse")
        inside = folder.relative_to(self.root / "lakehouse")
        (self.root / "other").symlink_to(folder)
        for path in (folder, f"{folder}/", f"file:{folder}", f"file://{folder}",
                     self.root / "link" / inside, self.root / "other",
                     f"{folder}/../totals"):
            for sql in ("DELETE FROM {}", "INSERT INTO {} VALUES (1, 2)",
                        "RESTORE TABLE {} TO VERSION AS OF 0",
                        "ALTER TABLE {} SET TBLPROPERTIES ('a' = 'b')",
                        "MERGE INTO {} t USING (SELECT 1 AS id) s ON t.events = s.id "
                        "WHEN MATCHED THEN DELETE")[:5 if path == folder else 1]:
                done = self.call("query", sql.format(f"delta.`{path}`"))
                self.assertEqual(done.code, 2, f"{sql} {path}\n{done}")
                self.assertIn("materialized view", done.err)
        self.assertIn("oresmith run", self.call("query", f"CREATE TABLE delta.`{folder}` (a INT)").err)
        events = next(self.root.rglob("events/_delta_log")).parent
        done = self.ok("query", f"DELETE FROM delta.`{events}/` WHERE id = 1")
        self.assertIn("is a streaming table", done.err)

    def test_a_streaming_table_may_be_corrected_with_a_warning(self):
        done = self.ok("query", "DELETE FROM events WHERE id = 1")
        self.assertIn("warning:", done.err)
        (self.root / "in" / "b.json").write_text('{"id": 3, "amount": 4}\n')
        self.ok("run")
        rows = self.ok("query", "SELECT id FROM events ORDER BY id", "--format", "csv").out
        self.assertEqual(rows.split(), ["id", "2", "3"])

    def test_a_dataset_is_neither_created_nor_dropped(self):
        self.assertIn("oresmith run", self.call("query", "CREATE TABLE events (a INT)").err)
        self.assertIn("CREATE statement", self.call("query", "DROP TABLE events").err)
