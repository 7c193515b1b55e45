"""Tables with features that our commands make, read and written by Spark with Delta (and by deltalake
where it knows the feature): the same rows, the same protocol, the same notes in the schema."""

import collections
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import deltalake
import pyarrow

import peers
from foreign_tables_test import ours_plain, plain, query


# In 1970: all are kept. A number that Python hands on as a long.
OLDEST_TOMBSTONE_MS = 2**32


def actions(root, kind):
    """All actions of one kind in the log, oldest first."""
    found = []
    for path in sorted(pathlib.Path(root, "_delta_log").glob("*.json")):
        for line in path.read_text().splitlines():
            action = json.loads(line)
            if kind in action:
                found.append(action[kind])
    return found


def newest_protocol(root):
    newest = actions(root, "protocol")[-1]
    return {key: sorted(value) if isinstance(value, list) else value for key, value in newest.items()}


def newest_schema(root):
    return json.loads(actions(root, "metaData")[-1]["schemaString"])


def normal(schema):
    """A schema in which generated names of columns are all the same, and notes have one order."""
    text = re.sub(r"col-[0-9a-f-]{36}", "col-x", json.dumps(schema, sort_keys=True))
    return json.loads(text)


def compact_log(path, first, last):
    """Writes the log compaction file of these versions. Delta has no statement for it: this is its own replay
    of a log, with what that gives as lines."""
    jvm = peers.spark()._jvm  # noqa: SLF001
    convert = jvm.scala.jdk.javaapi.CollectionConverters
    action = getattr(getattr(jvm.org.apache.spark.sql.delta.actions, "Action$"), "MODULE$")
    replay = jvm.org.apache.spark.sql.delta.actions.InMemoryLogReplay(
        jvm.scala.Option.apply(OLDEST_TOMBSTONE_MS), jvm.scala.Option.empty())
    log = pathlib.Path(path, "_delta_log")
    for version in range(first, last + 1):
        lines = jvm.java.util.ArrayList()
        for line in (log / f"{version:020}.json").read_text().splitlines():
            lines.add(action.fromJson(line))
        replay.append(version, convert.asScala(lines.iterator()))
    reconciled = replay.checkpoint()
    lines = []
    while reconciled.hasNext():
        lines.append(reconciled.next().json())
    (log / f"{first:020}.{last:020}.compacted.json").write_text("\n".join(lines) + "\n")


class Features(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-features-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        # Small tables: Spark's 50 tasks for each look at a log would be most of the time.
        peers.spark().conf.set("spark.databricks.delta.snapshotPartitions", "1")
        (cls.root / "one.sql").write_text("CREATE MATERIALIZED VIEW one AS SELECT 1 AS n;\n")

    def ours(self, *statements):
        """A table `t` of these statements; gives its folder. A statement may be (text, error)."""
        name = f"t{len(list(self.root.iterdir()))}"
        path = self.root / name
        self.run_ours(path, *statements)
        return str(path)

    def run_ours(self, path, *statements):
        for statement in statements:
            sql, pattern = statement if isinstance(statement, tuple) else (statement, None)
            done = subprocess.run(
                [os.environ["ORESMITH"], "query", str(self.root), sql.replace("$T", f"delta.`{path}`")],
                check=False, capture_output=True, text=True)
            said = done.stdout + done.stderr
            if pattern:
                self.assertNotEqual(done.returncode, 0, sql)
                self.assertRegex(said, pattern, sql)
            else:
                self.assertEqual(done.returncode, 0, f"{sql}\n{said}")

    def theirs(self, *statements):
        path = str(self.root / f"s{len(list(self.root.iterdir()))}")
        for sql in statements:
            peers.spark().sql(sql.replace("$T", f"delta.`{path}`"))
        return path

    def rows_of_spark(self, path, select="SELECT * FROM $T"):
        frame = peers.spark().sql(select.replace("$T", f"delta.`{path}`"))
        return frame.columns, collections.Counter(
            repr(tuple(plain(each) for each in row)) for row in frame.collect())

    def assert_alike(self, ours, theirs):
        """Protocol, schema and rows, whoever reads them."""
        self.assertEqual(newest_protocol(ours), newest_protocol(theirs))
        self.assertEqual(normal(newest_schema(ours)), normal(newest_schema(theirs)))
        self.assertEqual(self.assert_both_read_the_same(ours), self.assert_both_read_the_same(theirs))

    def assert_both_read_the_same(self, path, select="SELECT * FROM $T"):
        columns, theirs = self.rows_of_spark(path, select)
        rows, problem = query(self.root, select.replace("$T", f"delta.`{path}`"))
        self.assertIsNone(problem)
        mine = collections.Counter(repr(tuple(ours_plain(row[name]) for name in columns)) for row in rows)
        self.assertEqual(mine, theirs)
        self.assertGreater(len(mine), 0)
        return mine

    def changes_of(self, path):
        """The change feed, as Spark reads it."""
        columns = ["a b", "s", "p", "_change_type", "_commit_version"]
        frame = (peers.spark().read.format("delta").option("readChangeFeed", "true")
                 .option("startingVersion", "0").load(path).select(*[f"`{column}`" for column in columns]))
        return collections.Counter(repr(tuple(plain(each) for each in row)) for row in frame.collect())

    COLUMNS = ("(a INT, s STRUCT<x: INT, y: STRING>, p STRING, l ARRAY<STRUCT<q: INT>>, "
               "m MAP<STRING, STRUCT<k: INT>>) USING delta PARTITIONED BY (p)")
    ROW = "(1, named_struct('x', 1, 'y', 'a'), 'p1', array(named_struct('q', 1)), map('a', named_struct('k', 1)))"

    def test_column_mapping_is_turned_on_and_columns_renamed_as_in_spark(self):
        statements = [
            f"CREATE TABLE $T {self.COLUMNS}",
            f"INSERT INTO $T VALUES {self.ROW}",
            "ALTER TABLE $T SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
            "ALTER TABLE $T RENAME COLUMN a TO `b c`",
            "ALTER TABLE $T RENAME COLUMN s.x TO `x y`",
            "ALTER TABLE $T RENAME COLUMN p TO part",
            "ALTER TABLE $T ADD COLUMNS (c INT FIRST, s.z INT AFTER `x y`, d STRUCT<u: INT>)",
            "ALTER TABLE $T DROP COLUMNS (s.y, d)",
            "INSERT INTO $T SELECT 7, 2, named_struct('x y', 3, 'z', 4), 'p 2', "
            "array(named_struct('q', 5)), map('b', named_struct('k', 6))",
        ]
        ours = self.ours(*statements)
        theirs = self.theirs(*statements)
        self.assert_alike(ours, theirs)
        for kind in ("operation", "operationParameters"):
            mine = [info[kind] for info in actions(ours, "commitInfo")][2:8]
            self.assertEqual(mine[1:4], [info[kind] for info in actions(theirs, "commitInfo")][3:6], kind)
        self.run_ours(ours, "UPDATE $T SET c = 9 WHERE part = 'p1'", "DELETE FROM $T WHERE `b c` = 2",
                      "INSERT INTO $T (`b c`, part) VALUES (10, 'p1'), (11, NULL)", "OPTIMIZE $T")
        self.assert_both_read_the_same(ours)
        self.assert_both_read_the_same(ours, "SELECT * FROM $T WHERE `b c` > 5 AND part = 'p1'")
        # And Spark goes on with our table, and we with Spark's.
        peers.spark().sql(f"INSERT INTO delta.`{ours}` (`b c`, part) VALUES (77, 'p3')")
        self.run_ours(theirs, "INSERT INTO $T (`b c`, part) VALUES (77, 'p3')")
        self.assert_both_read_the_same(ours)
        self.assert_both_read_the_same(theirs)

    def test_new_tables_with_both_modes_of_column_mapping(self):
        for mode in ("name", "id"):
            with self.subTest(mode):
                statements = [
                    f"CREATE TABLE $T (`a b` INT, s STRUCT<x: INT>, p STRING) USING delta PARTITIONED BY (p) "
                    f"TBLPROPERTIES ('delta.columnMapping.mode' = '{mode}', "
                    f"'delta.enableChangeDataFeed' = 'true', 'delta.checkpointInterval' = '3')",
                    "INSERT INTO $T VALUES (1, named_struct('x', 1), 'p1'), (2, NULL, NULL)",
                    "INSERT INTO $T VALUES (3, named_struct('x', 3), 'p1')",
                    "UPDATE $T SET `a b` = 5 WHERE `a b` = 1",
                ]
                ours = self.ours(*statements)
                theirs = self.theirs(*statements)
                # Spark follows no feed over a rename.
                self.assertEqual(self.changes_of(ours), self.changes_of(theirs))
                self.run_ours(ours, "ALTER TABLE $T RENAME COLUMN `a b` TO c",
                              "INSERT INTO $T VALUES (6, named_struct('x', 6), 'p2')")
                self.run_ours(theirs, "ALTER TABLE $T RENAME COLUMN `a b` TO c",
                              "INSERT INTO $T VALUES (6, named_struct('x', 6), 'p2')")
                self.assert_alike(ours, theirs)

    def test_types_widen_as_in_spark(self):
        alter = "ALTER TABLE $T ALTER COLUMN"
        statements = [
            "CREATE TABLE $T (b TINYINT, i INT, f FLOAT, d DATE, m DECIMAL(5,2), n INT, l ARRAY<INT>, "
            "mm MAP<INT, STRUCT<v: SMALLINT>>, s STRUCT<x: INT>) USING delta",
            "INSERT INTO $T VALUES (1, 1, 0.1, DATE'2020-01-01', 1.25, 7, array(1), "
            "map(1, named_struct('v', 2)), named_struct('x', 3))",
            "ALTER TABLE $T SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true', "
            "'delta.feature.timestampNtz' = 'supported')",
            f"{alter} i TYPE BIGINT", f"{alter} b TYPE SMALLINT", f"{alter} b TYPE INT",
            f"{alter} f TYPE DOUBLE", f"{alter} m TYPE DECIMAL(10,4)", f"{alter} d TYPE TIMESTAMP_NTZ",
            f"{alter} n TYPE DECIMAL(12,2)", f"{alter} l.element TYPE BIGINT",
            f"{alter} mm.key TYPE BIGINT", f"{alter} mm.value.v TYPE INT", f"{alter} s.x TYPE DOUBLE",
            "INSERT INTO $T VALUES (100000, 1000000000000, 1e300, TIMESTAMP_NTZ'2020-01-01 01:02:03', "
            "123456.1234, 7.25, array(10000000000), map(10000000000, named_struct('v', 100000)), "
            "named_struct('x', 0.5))",
        ]
        ours = self.ours(*statements)
        theirs = self.theirs(*statements)
        self.assert_alike(ours, theirs)
        for path in (ours, theirs):
            self.assert_both_read_the_same(path, "SELECT i FROM $T WHERE i > 5 AND d >= '2020-01-01'")
            self.assert_both_read_the_same(path, "SELECT i FROM $T WHERE f < 0.2 AND m < 2")
        self.run_ours(ours, (f"{alter} i TYPE INT", "may only widen"), (f"{alter} i TYPE STRING", "may only widen"),
                      "UPDATE $T SET i = i + 1", "OPTIMIZE $T")
        self.assert_both_read_the_same(ours)

    def test_identity_and_computed_columns_are_as_in_spark(self):
        statements = [
            "CREATE TABLE $T (id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5), x INT, "
            "d INT DEFAULT 7, g INT GENERATED ALWAYS AS (x * 2)) USING delta "
            "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')",
            "INSERT INTO $T (x) SELECT explode(sequence(1, 3))",
        ]
        ours = self.ours(*statements)
        theirs = self.theirs(*statements)
        self.assert_alike(ours, theirs)
        # Each goes on where the other one stopped.
        for path in (ours, theirs):
            self.run_ours(path, "INSERT INTO $T (x) VALUES (4)", ("INSERT INTO $T (id, x) VALUES (1, 1)", "ALWAYS"))
            peers.spark().sql(f"INSERT INTO delta.`{path}` (x) VALUES (5)")
            columns, rows = self.rows_of_spark(path, "SELECT id, x, d, g FROM $T WHERE x > 3")
            self.assertEqual(sorted(rows), sorted(map(repr, (
                tuple(map(plain, row)) for row in ((25, 4, 7, 8), (30, 5, 7, 10))))))

    def test_a_replaced_table_and_a_shallow_clone(self):
        ours = self.ours("CREATE TABLE $T (a INT) USING delta", "INSERT INTO $T VALUES (1)",
                         "CREATE OR REPLACE TABLE $T USING delta AS SELECT 'x y' AS b, 2 AS c UNION ALL SELECT 'z', 3")
        self.assertEqual(len(self.assert_both_read_the_same(ours)), 2)
        peers.spark().sql(f"ALTER TABLE delta.`{ours}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
        peers.spark().sql(f"DELETE FROM delta.`{ours}` WHERE c = 2")
        clone = self.theirs(f"CREATE TABLE $T SHALLOW CLONE delta.`{ours}`")
        self.assertTrue(actions(clone, "add")[0]["path"].startswith("file:"))
        self.assertEqual(len(self.assert_both_read_the_same(clone)), 1)

    def test_log_compaction_files_of_spark_are_read_in_place_of_the_commits(self):
        path = self.theirs(
            "CREATE TABLE $T (a INT, p STRING) USING delta PARTITIONED BY (p) "
            "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '100')",
            "INSERT INTO $T VALUES (1, 'x'), (2, 'y'), (3, 'y')", "DELETE FROM $T WHERE a = 3",
            "INSERT INTO $T VALUES (4, 'z')", "ALTER TABLE $T SET TBLPROPERTIES ('k' = 'v')",
            "DELETE FROM $T WHERE a = 1", "INSERT INTO $T VALUES (5, 'x')")
        compact_log(path, 1, 5)
        before = self.assert_both_read_the_same(path)
        self.assertEqual(len(before), 3)
        # Whoever still read these commits could not.
        commits = [pathlib.Path(path, "_delta_log", f"{version:020}.json") for version in range(1, 6)]
        texts = [commit.read_text() for commit in commits]
        for commit in commits:
            commit.write_text("gone\n")
        rows, problem = query(self.root, f"SELECT * FROM delta.`{path}`")
        self.assertIsNone(problem)
        self.assertEqual(len(rows), 3)
        self.run_ours(path, "INSERT INTO $T VALUES (6, 'z')")
        for commit, text in zip(commits, texts):
            commit.write_text(text)
        self.assertEqual(len(self.assert_both_read_the_same(path)), 4)

    def test_deltalake_has_the_gaps_that_the_documentation_names(self):
        mapped = self.ours("CREATE TABLE $T (a INT, b STRING) USING delta "
                           "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
                           "INSERT INTO $T VALUES (1, 'x')", "ALTER TABLE $T RENAME COLUMN b TO c")
        table = deltalake.DeltaTable(mapped)
        rows = deltalake.QueryBuilder().register("t", table).execute("SELECT a, c FROM t").read_all()
        self.assertEqual(pyarrow.table(rows).to_pylist(), [{"a": 1, "c": "x"}])
        self.assertEqual(table.to_pyarrow_table().to_pylist(), [{"a": None, "c": None}])
        widened = self.ours("CREATE TABLE $T (n INT) USING delta "
                            "TBLPROPERTIES ('delta.enableTypeWidening' = 'true')",
                            "INSERT INTO $T VALUES (1)", "ALTER TABLE $T ALTER COLUMN n TYPE BIGINT")
        with self.assertRaisesRegex(deltalake.exceptions.DeltaProtocolError, "typeWidening"):
            deltalake.DeltaTable(widened).to_pyarrow_table()

    def test_what_needs_a_feature_says_which(self):
        self.ours("CREATE TABLE $T (a INT, p INT) USING delta PARTITIONED BY (p)",
                  ("ALTER TABLE $T RENAME COLUMN a TO b", "'delta.columnMapping.mode' = 'name'"),
                  ("ALTER TABLE $T DROP COLUMN a", "'delta.columnMapping.mode' = 'name'"),
                  ("ALTER TABLE $T ALTER COLUMN a TYPE BIGINT", "'delta.enableTypeWidening' = 'true'"),
                  ("ALTER TABLE $T SET TBLPROPERTIES ('delta.columnMapping.mode' = 'id')", "'id' is for new"),
                  "ALTER TABLE $T SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
                  "ALTER TABLE $T ADD CONSTRAINT positive CHECK (a > 0)",
                  ("ALTER TABLE $T RENAME COLUMN a TO b", "constraint positive"),
                  ("ALTER TABLE $T DROP COLUMN p", "partition column"),
                  ("ALTER TABLE $T RENAME COLUMN p TO A", "there is a column a"),
                  ("ALTER TABLE $T SET TBLPROPERTIES ('delta.columnMapping.mode' = 'none')", "cannot change"))


if __name__ == "__main__":
    unittest.main()
