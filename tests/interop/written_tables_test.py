"""Tables that `oresmith query` made and changed, opened by others after each statement: delta-rs
and Spark read the rows that we read, and Spark finds our checksums right and gives our changes."""

import collections
import json
import pathlib
import tempfile
import unittest

import deltalake
import pyarrow

import delta_library_test
import peers
import retail_test

NO_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled=false"
DYNAMIC = "spark.sql.sources.partitionOverwriteMode=dynamic"
Step = collections.namedtuple("Step", "sql operation rows changes options", defaults=((),))
UPDATES = ("update_preimage", "update_postimage")

# `changes` counts the rows of the change feed by their kind; None: not looked at.
STEPS = (
    Step("INSERT INTO t VALUES (1, 'a', 1.25, DATE'2026-01-30'), (2, 'b', NULL, DATE'2026-01-31'), "
         "(3, NULL, 3, DATE'2026-01-31'), (4, 'd', 4, NULL)", "WRITE", 4, {"insert": 4}),
    Step("INSERT INTO t VALUES (5, 'e', 5, DATE'2026-01-31')", "WRITE", 5, {"insert": 1}),
    Step("DELETE FROM t WHERE id = 2", "DELETE", 4, {"delete": 1}),
    Step("UPDATE t SET name = 'new', price = price + 1 WHERE id IN (1, 4)", "UPDATE", 4,
         dict.fromkeys(UPDATES, 2)),
    Step("UPDATE t SET day = DATE'2026-02-01' WHERE id = 1", "UPDATE", 4, dict.fromkeys(UPDATES, 1)),
    Step("MERGE INTO t USING (SELECT id, id = 3 AS gone FROM range(3, 8)) s ON t.id = s.id "
         "WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET price = 0 "
         "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'merged')", "MERGE", 5,
         {"delete": 1, "insert": 2, **dict.fromkeys(UPDATES, 2)}),
    Step("INSERT INTO t VALUES (8, 'h', 8, DATE'2026-02-01')", "WRITE", 6, {"insert": 1}),
    Step("OPTIMIZE t", "OPTIMIZE", 6, {}),
    Step("ALTER TABLE t ADD COLUMNS (note STRING)", "ADD COLUMNS", 6, {}),
    Step("INSERT INTO t VALUES (9, 'i', 9, DATE'2026-02-01', 'has a note')", "WRITE", 7, {"insert": 1}),
    Step("OPTIMIZE t ZORDER BY (id, name)", "OPTIMIZE", 7, {}),
    Step("DELETE FROM t WHERE day IS NULL", "DELETE", 4, {"delete": 3}),
    Step("INSERT INTO t REPLACE WHERE id >= 9 SELECT 10, 'j', 1, DATE'2026-02-01', NULL", "WRITE", 4,
         {"insert": 1, "delete": 1}),
    Step("ALTER TABLE t ADD CONSTRAINT positive CHECK (price >= 0)", "ADD CONSTRAINT", 4, {}),
    Step("RESTORE t TO VERSION AS OF 10", "RESTORE", 7, None),
    Step("ALTER TABLE t SET TBLPROPERTIES ('delta.appendOnly' = 'false')", "SET TBLPROPERTIES", 7, {}),
    Step("INSERT OVERWRITE t SELECT id, 'all', 1, DATE'2026-01-01', 'x' FROM range(6)", "WRITE", 6,
         {"insert": 6, "delete": 7}),
)
DYNAMIC_STEPS = (
    Step("INSERT OVERWRITE t SELECT 70, 'dynamic', 1, DATE'2026-01-01', 'x' "
         "UNION ALL SELECT 71, 'dynamic', 1, NULL, 'x'", "WRITE", 2, {"insert": 2, "delete": 6},
         ("--set", DYNAMIC)),
    Step("INSERT OVERWRITE t SELECT 72, 'dynamic', 1, CAST(NULL AS DATE), 'x'", "WRITE", 2,
         {"insert": 1, "delete": 1}, ("--set", DYNAMIC)),
)


COLUMNS = ["id", "name", "price", "day"]


def texts_of(columns):
    return [f"CAST({name} AS STRING) AS {name}" for name in columns]


class WrittenTables(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-interop-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "p.sql").write_text("CREATE MATERIALIZED VIEW one AS SELECT 1 AS n;\n")

    def query(self, sql, *options):
        out = peers.oresmith("query", self.root, sql, "--format", "json", *options)
        return [json.loads(line) for line in out.splitlines()]

    def create(self, partitions, properties):
        texts = ", ".join(f"'delta.{name}' = '{value}'" for name, value in properties.items())
        self.query("CREATE TABLE t (id BIGINT NOT NULL, name STRING, price DECIMAL(9,2), day DATE) "
                   f"USING DELTA {partitions} {f'TBLPROPERTIES ({texts})' if texts else ''}")
        self.path = str(next(self.root.rglob("t/_delta_log")).parent)

    def frame(self, columns=None, **options):
        """The rows of the table as Spark reads them, as texts: JSON has neither dates nor decimals."""
        frame = peers.spark().read.format("delta").options(**options).load(self.path)
        columns = columns or frame.columns
        return [row.asDict() for row in frame.selectExpr(*texts_of(columns)).collect()]

    def check_rows(self, count, statement):
        """What we read is what delta-rs reads; returns it, with its columns."""
        # As its reader over pyarrow knows no deletion vectors, by its query engine.
        table = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(self.path))
        theirs = pyarrow.table(table.execute("SELECT * FROM t").read_all())
        columns = theirs.column_names
        theirs = [{name: None if value is None else str(value) for name, value in row.items()}
                  for row in theirs.to_pylist()]
        ours = self.query(f"SELECT {', '.join(texts_of(columns))} FROM t")
        self.assertEqual(len(ours), count, statement)
        counter = retail_test.as_counter(columns, ours)
        self.assertEqual(retail_test.as_counter(columns, theirs), counter, f"delta-rs: {statement}")
        return columns, counter

    def check_by_spark(self, columns, ours, statement):
        """Spark reads the same, and works each number of the checksum out from the log."""
        self.assertEqual(retail_test.as_counter(columns, self.frame()), ours, f"Spark: {statement}")
        jvm = peers.spark()._jvm
        log = jvm.org.apache.spark.sql.delta.DeltaLog
        log.clearCache()
        snapshot = log.forTable(peers.spark()._jsparkSession, self.path).unsafeVolatileSnapshot()
        self.assertTrue(snapshot.checksumOpt().isDefined(), f"no checksum: {statement}")
        empty = getattr(getattr(jvm, "scala.collection.immutable.Map$"), "MODULE$").empty()
        self.assertTrue(snapshot.validateChecksum(empty), statement)

    def check_history(self, steps):
        history = peers.spark().sql(f"DESCRIBE HISTORY delta.`{self.path}`").collect()
        self.assertEqual([row.operation for row in reversed(history)],
                         ["CREATE TABLE"] + [step.operation for step in steps])

    def check_feed(self, steps, states):
        """Spark's changes are ours; and what came less what went is what a statement made of the rows."""
        columns = [*COLUMNS, "_change_type", "_commit_version"]
        theirs = self.frame(columns, readChangeFeed="true", startingVersion=1, endingVersion=len(steps))
        for first, last in ((1, len(steps)), (4, 6), (len(steps), len(steps))):
            lines = delta_library_test.driver("changes", self.path, first, last).splitlines()
            ours = [json.loads(line, parse_int=str, parse_float=str) for line in lines]
            part = [row for row in theirs if first <= int(row["_commit_version"]) <= last]
            self.assertEqual(retail_test.as_counter(columns, ours), retail_test.as_counter(columns, part))
        for version, step in enumerate(steps, start=1):
            feed = [row for row in theirs if int(row["_commit_version"]) == version]
            if step.changes is not None:
                found = collections.Counter(row["_change_type"] for row in feed)
                self.assertEqual(found, collections.Counter(step.changes), step.sql)
            change = collections.Counter(states[version - 1])
            for row in feed:
                sign = 1 if row["_change_type"] in ("insert", "update_postimage") else -1
                change[tuple(row[name] for name in COLUMNS)] += sign
            self.assertEqual({row: n for row, n in change.items() if n}, states[version], step.sql)

    def run_all(self, partitions="", **properties):
        self.create(partitions, properties)
        steps = STEPS + (DYNAMIC_STEPS if partitions else ())
        states = [{}]
        for number, step in enumerate(steps, start=1):
            self.query(step.sql, *step.options)
            columns, rows = self.check_rows(step.rows, step.sql)
            # A look of Spark's takes a second.
            if number % 3 == 0 or number == len(steps):
                self.check_by_spark(columns, rows, step.sql)
            states.append(collections.Counter(
                tuple(row[name] for name in COLUMNS)
                for row in self.query(f"SELECT {', '.join(texts_of(COLUMNS))} FROM t")))
        self.check_history(steps)
        if "enableChangeDataFeed" in properties:
            self.check_feed(steps, states)
        self.query("VACUUM t RETAIN 0 HOURS", "--set", NO_CHECK)
        self.check_by_spark(*self.check_rows(steps[-1].rows, "VACUUM"), "VACUUM")
        history = peers.spark().sql(f"DESCRIBE HISTORY delta.`{self.path}` LIMIT 2").collect()
        self.assertEqual([row.operation for row in history], ["VACUUM END", "VACUUM START"])

    def test_a_plain_table(self):
        self.run_all()

    def test_a_partitioned_table(self):
        self.run_all("PARTITIONED BY (day)")

    def test_a_table_with_a_change_feed(self):
        self.run_all(enableChangeDataFeed="true")

    def test_a_partitioned_table_with_a_change_feed(self):
        self.run_all("PARTITIONED BY (day)", enableChangeDataFeed="true")

    def test_a_table_with_deletion_vectors_and_a_change_feed(self):
        self.run_all(enableDeletionVectors="true", enableChangeDataFeed="true")

    def test_a_table_with_v2_checkpoints(self):
        self.run_all(checkpointPolicy="v2", checkpointInterval="3")

    def test_a_partitioned_table_with_statistics_as_a_struct(self):
        self.run_all("PARTITIONED BY (day)", **{"checkpoint.writeStatsAsStruct": "true",
                                                "checkpoint.writeStatsAsJson": "false",
                                                "checkpointInterval": "3"})

    def test_a_table_with_row_tracking_and_in_commit_timestamps(self):
        self.run_all(enableRowTracking="true", enableInCommitTimestamps="true", checkpointInterval="4")


if __name__ == "__main__":
    unittest.main()
