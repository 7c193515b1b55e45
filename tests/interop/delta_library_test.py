"""Our Delta library beside Spark's and delta-rs: the same rows give the same partition values, paths
and protocol, and the same log the same files."""

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
import pyarrow.parquet

import peers

DRIVER = pathlib.Path(os.environ.get("ORESMITH", "")).parent / "tests/interop/delta_driver"
HISTORIES = 10_000
HISTORIES_PER_RUN = 1_000

# What a file holds, by its name: (query, properties). Statistics of it must be Spark's to the byte. Not
# here: floats like 1.17549435E-38, for which Java before 19 writes more digits than it takes to tell them
# apart (1.1754944E-38); we write what later ones do.
STATISTICS = {
    "every_type": ("""
SELECT CAST(b AS BOOLEAN) b, CAST(i AS TINYINT) y, CAST(i AS SMALLINT) sh, CAST(i AS INT) i,
  CAST(l AS BIGINT) l, CAST(f AS FLOAT) f, CAST(f AS DOUBLE) d, CAST(dec AS DECIMAL(10,2)) dec,
  CAST(dec AS DECIMAL(38,18)) wide, s, CAST(s AS BINARY) bin, CAST(dt AS DATE) dt,
  CAST(ts AS TIMESTAMP) ts, struct(CAST(i AS INT) x, struct(s AS z) AS y) st, array(i) a,
  map('k', i) m, CAST(NULL AS STRING) nothing
FROM VALUES
  (true, 1, 9223372036854775807, '1.5', '-3.1', repeat('z', 33), '0001-01-01',
   '1970-01-01 00:00:00.123456'),
  (false, -7, -5, 'NaN', '12345678.99', concat(repeat('a', 32), 'é'), '9999-12-31',
   '9999-12-31 23:59:59.999999'),
  (NULL, NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL),
  (true, 100, 0, '-0.0', '0', 'b"\\\\x', '2020-02-29', '2020-02-29 12:34:56')
  AS t(b, i, l, f, dec, s, dt, ts)""", {}),
    "least_and_greatest": ("""
SELECT * FROM VALUES
  (-128Y, -32768S, -2147483648, -9223372036854775807L - 1, float('-3.4028235E38'), double('4.9E-324'),
   CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0)), -0.01BD),
  (127Y, 32767S, 2147483647, 9223372036854775807L, float('1.4E-45'), double('1.7976931348623157E308'),
   CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)), 999.99BD)
  AS t(y, s, i, l, f, d, m, m2)""", {}),
    "floats": ("""
SELECT double(a) a, double(b) b, float(c) c, float(d) d, double(e) e, double(f) f, double(g) g, float(h) h
FROM VALUES ('0.0', 'NaN', 'Infinity', '1e-5', '123456789.125', '1e7', '0.001', '16777216'),
  ('-0.0', 'NaN', '-Infinity', '1e10', '1e-3', '9999999.999999999', '0.00099999', '1.4E-45')
  AS t(a, b, c, d, e, f, g, h)""", {}),
    "zeros": ("""
SELECT double(a) a, double(b) b, float(c) c, float(d) d FROM VALUES
  ('-0.0', '0.0', '-0.0', '0.0'), ('0.0', '-0.0', '-0.0', 'NaN') AS t(a, b, c, d)""", {}),
    "long_texts": ("""
SELECT repeat('z', 32) a, repeat('z', 33) b, concat(repeat('a', 31), '😀b') c,
  concat(repeat('a', 32), '😀b') d, concat(repeat('b', 32), repeat('􏿿', 20)) e,
  concat(repeat('b', 32), repeat('􏿿', 3), 'c') f, repeat('😀', 40) g,
  concat(repeat('c', 32), char(126), 'x') h, concat(repeat('c', 32), char(127), 'x') i,
  repeat('􏿿', 16) j, repeat('􏿿', 33) k, repeat('é', 33) l,
  concat('quote " slash \\\\ / tab', char(9), char(10), char(13), char(8), char(12), char(1)) m,
  concat('de', char(127), '  <>&') n, '' o, repeat('😀', 16) p, repeat('😀', 17) q,
  concat(repeat('a', 31), '￿b') r""", {}),
    "texts_in_the_order_of_bytes": ("""
SELECT * FROM VALUES ('�', 'Z', 'e'), ('𐀀', 'a', 'é'), ('퟿', '_', 'f') AS t(a, b, c)""", {}),
    "dates_and_times": ("""
SELECT DATE'0001-01-01' a, DATE'1582-10-04' b, DATE'1582-10-15' c, TIMESTAMP'0001-01-01 00:00:00' d,
  TIMESTAMP'1582-10-04 23:59:59.999999' e, TIMESTAMP'1969-12-31 23:59:59.999999' f,
  TIMESTAMP'1970-01-01 00:00:00.000999' g, TIMESTAMP_NTZ'2024-02-29 12:34:56.789999' h,
  TIMESTAMP_NTZ'1900-01-01 00:00:00.5' i, TIMESTAMP'9999-12-31 23:59:59.999999' j,
  TIMESTAMP'2024-01-01 00:00:00' k""", {}),
    "nested": ("""
SELECT * FROM VALUES
  (1, named_struct('a', 1, 'b', named_struct('c', 'x', 'd', array(1, NULL))), array(named_struct('e', 1)),
   map('k', named_struct('f', 1))),
  (2, named_struct('a', NULL, 'b', named_struct('c', 'y', 'd', NULL)), NULL, NULL),
  (3, named_struct('a', 5, 'b', NULL), array(), map()),
  (4, NULL, NULL, NULL) AS t(id, s, l, m)""", {}),
    "only_nulls": ("SELECT CAST(NULL AS INT) a, CAST(NULL AS STRUCT<x: INT, y: STRUCT<z: DATE>>) b", {}),
    "no_bounds_at_all": ("SELECT true a, X'00FF' b, array(1) c", {}),
    "forty_columns": ("SELECT " + ", ".join(f"{i} AS c{i}" for i in range(40)), {}),
    "nested_past_the_limit": ("SELECT " + ", ".join(f"{i} AS c{i}" for i in range(30))
                              + ", struct(1 AS a, 2 AS b, 3 AS c) s, 4 AS d", {}),
    "three_columns_counted": ("SELECT 1 a, struct(2 AS b, 3 AS c) s, 4 d",
                              {"dataSkippingNumIndexedCols": "3"}),
    "no_columns_counted": ("SELECT 1 a, 2 b", {"dataSkippingNumIndexedCols": "0"}),
    "all_columns_counted": ("SELECT " + ", ".join(f"{i} AS c{i}" for i in range(40)),
                            {"dataSkippingNumIndexedCols": "-1"}),
    "named_columns": ("SELECT 1 a, struct(2 AS b, 3 AS c) s, 4 d, struct(5 AS e, 6 AS f) t",
                      {"dataSkippingStatsColumns": "d,s.c,t"}),
    "with_deletion_vectors": ("SELECT 1 a, 'x' b", {"enableDeletionVectors": "true"}),
    "odd_names": ("SELECT 1 `é\"q`, 2 `日本`, 3 `a.b`, struct(4 AS `c.d`) `s/t`", {}),
}

PARTITIONED = """
SELECT id, CAST(p AS {type}) p FROM VALUES {values} AS t(id, p)
"""
PARTITIONS = {
    "STRING": "(1, 'a/b=c %:é'), (2, ''), (3, NULL), (4, 'plain'), (5, '__x'), (6, 'a b+c'), "
              "(7, '%41'), (8, 'a\\\\b?#[x]*{y}^'), (9, '日本 😀'), (10, '.'), (11, '\"q\"'), "
              "(12, concat('x', char(1), char(127), char(10))), (13, ' '), (14, \"it's ~!@$&(),;|<>\")",
    "DATE": "(1, '2020-02-29'), (2, NULL), (3, '0001-01-01'), (4, '9999-12-31'), (5, '1582-10-04')",
    "BOOLEAN": "(1, 'true'), (2, 'false'), (3, NULL)",
    "TINYINT": "(1, '-128'), (2, '127'), (3, NULL)",
    "SMALLINT": "(1, '-32768'), (2, '32767'), (3, NULL)",
    "INT": "(1, '-5'), (2, '7'), (3, NULL)",
    "BIGINT": "(1, '-9223372036854775808'), (2, '9223372036854775807'), (3, NULL)",
    "DECIMAL(10,2)": "(1, '1.5'), (2, '-3.10'), (3, NULL)",
    "DECIMAL(38,18)": "(1, '0.000000000000000001'), (2, '-12345678901234567890.5'), (3, '0'), (4, '1e-10')",
    "FLOAT": "(1, '1e20'), (2, '-0.5'), (3, '0.001'), (4, 'NaN'), (5, '-Infinity')",
    "DOUBLE": "(1, '1e20'), (2, '-0.5'), (3, '100'), (4, 'NaN'), (5, 'Infinity'), (6, '-0.0'), (7, '1e-4')",
    "TIMESTAMP": "(1, '2020-02-29 12:34:56.789'), (2, '1970-01-01 00:00:00.123456'), (3, NULL), "
                 "(4, '0001-01-01 00:00:00'), (5, '1582-10-04 01:02:03'), (6, '9999-12-31 23:59:59.999999')",
    "TIMESTAMP_NTZ": "(1, '2020-02-29 12:34:56.5'), (2, NULL), (3, '1900-01-01 00:00:00')",
    "BINARY": "(1, 'abc'), (2, 'é'), (3, NULL), (4, '')",
}
# Columns and properties that bring a protocol.
PROTOCOLS = (
    ("a INT", {}),
    ("a INT NOT NULL", {}),
    ("a INT", {"enableChangeDataFeed": "true"}),
    ("a INT", {"appendOnly": "true"}),
    ("a INT", {"enableDeletionVectors": "true"}),
    ("a INT", {"checkpointPolicy": "v2"}),
    ("a INT", {"enableRowTracking": "true"}),
    ("a INT", {"enableInCommitTimestamps": "true"}),
    ("a INT", {"enableInCommitTimestamps": "true", "enableDeletionVectors": "true",
               "enableChangeDataFeed": "true"}),
    ("a INT", {"feature.vacuumProtocolCheck": "supported"}),
    ("a INT", {"feature.domainMetadata": "supported"}),
    ("a INT", {"feature.checkConstraints": "supported"}),
    ("a INT", {"feature.deletionVectors": "supported", "appendOnly": "true"}),
    ("a INT", {"minWriterVersion": "4"}),
    ("a TIMESTAMP_NTZ", {}),
    ("a STRUCT<x: ARRAY<TIMESTAMP_NTZ>>", {"enableChangeDataFeed": "true"}),
)


# One row, some, runs of them, many in each of four containers of a bitmap, nearly all.
DELETIONS = ("id = 70000", "id % 1000 = 7", "id BETWEEN 1000 AND 150000", "id % 3 = 0 OR id > 190000", "id > 0")
# Spark writes statistics as columns too unless told not to; the protocol does not, and neither do we.
CHECKPOINTS = (
    {"checkpoint.writeStatsAsStruct": "false"},
    {"checkpoint.writeStatsAsStruct": "true"},
    {"checkpoint.writeStatsAsStruct": "true", "dataSkippingNumIndexedCols": "2"},
    {"checkpoint.writeStatsAsStruct": "true", "enableDeletionVectors": "true"},
    {"checkpoint.writeStatsAsStruct": "false", "checkpointPolicy": "v2"},
    {"checkpoint.writeStatsAsStruct": "true", "checkpointPolicy": "v2"},
)
CHECKPOINTED = """
SELECT * FROM VALUES (1, 'x', named_struct('c', 1.5BD, 'l', array(1)), true, DATE'2024-01-01',
  TIMESTAMP'2024-01-01 00:00:00.123456', 'a b', TIMESTAMP'2024-01-01 00:00:00.123456', CAST(NULL AS INT), 2.5D),
  (2, repeat('y', 40), NULL, false, DATE'0001-01-01', TIMESTAMP'1900-01-01 00:00:00', 'a b',
  TIMESTAMP'2024-01-01 00:00:00.123456', NULL, -0.0D) AS t(a, b, s, f, d, t, p, q, n, x)"""


def driver(*arguments):
    done = subprocess.run([str(DRIVER), *map(str, arguments)], check=False, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise AssertionError(f"delta_driver {arguments}: {done.stderr}")
    return done.stdout


def actions(root, kind):
    """All actions of one kind in the log, oldest first."""
    found = []
    for path in sorted(pathlib.Path(root, "_delta_log").glob("*.json")):
        for line in filter(None, path.read_text().split("\n")):  # other breaks may stand in a line
            action = json.loads(line)
            if kind in action:
                found.append(action[kind])
    return found


def spark_rows(root):
    # As text: Python has no times before year 1 or after 9999.
    rows = peers.spark().read.format("delta").load(str(root)).selectExpr("CAST(struct(*) AS STRING) AS text")
    return collections.Counter(row.text for row in rows.collect())


class DeltaLibrary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def spark_table(self, name, select, *partition_columns, properties=None):
        root = self.folder / name
        options = {f"delta.{key}": value for key, value in (properties or {}).items()}
        (peers.spark().sql(select).coalesce(1).write.format("delta").options(**options)
         .partitionBy(*partition_columns).save(str(root)))
        return root

    def pipeline(self):
        """A folder in which `oresmith query` can be asked."""
        root = self.folder / "pipeline"
        root.mkdir()
        (root / "p.sql").write_text("CREATE MATERIALIZED VIEW one AS SELECT 1 AS n;\n")
        return root

    def test_statistics_and_schemas_are_those_of_spark(self):
        for name, (select, properties) in STATISTICS.items():
            with self.subTest(name):
                theirs = self.spark_table(f"spark_{name}", select, properties=properties)
                ours = self.folder / f"ours_{name}"
                driver("copy", theirs, ours)
                [spark_add] = actions(theirs, "add")
                [our_add] = actions(ours, "add")
                self.assertEqual(our_add["stats"], spark_add["stats"])
                self.assertEqual(sorted(our_add), sorted(spark_add))
                self.assertEqual(actions(ours, "metaData")[0]["schemaString"],
                                 actions(theirs, "metaData")[0]["schemaString"])
                self.assertEqual(spark_rows(ours), spark_rows(theirs))

    def test_partition_values_and_paths_have_the_form_of_spark(self):
        for kind, values in PARTITIONS.items():
            with self.subTest(type=kind):
                name = re.sub(r"\W", "_", kind)
                theirs = self.spark_table(f"spark_{name}",
                                          PARTITIONED.format(type=kind, values=values), "p")
                ours = self.folder / f"ours_{name}"
                driver("copy", theirs, ours)

                def forms(root):
                    # As a set: Spark has a file each for no bytes and for NULL, both of the NULL partition.
                    return sorted({(repr(add["partitionValues"]), os.path.dirname(add["path"]))
                                   for add in actions(root, "add")})

                self.assertEqual(forms(ours), forms(theirs))
                self.assertEqual(spark_rows(ours), spark_rows(theirs))

    def test_protocols_are_those_of_spark(self):
        pipeline = self.pipeline()

        def protocol(root):
            [found] = actions(root, "protocol")
            return {key: sorted(value) if isinstance(value, list) else value
                    for key, value in found.items()}

        for number, (columns, properties) in enumerate(PROTOCOLS):
            with self.subTest(columns=columns, properties=properties):
                theirs, ours = self.folder / f"spark{number}", self.folder / f"ours{number}"
                texts = ", ".join(f"'delta.{key}' = '{value}'" for key, value in properties.items())
                create = (f"CREATE TABLE delta.`{{}}` ({columns}) USING delta "
                          + (f"TBLPROPERTIES ({texts})" if texts else ""))
                peers.spark().sql(create.format(theirs))
                peers.oresmith("query", pipeline, create.format(ours))
                self.assertEqual(protocol(ours), protocol(theirs))
                self.assertEqual(spark_rows(ours), spark_rows(theirs))

    def test_deletion_vectors_are_those_of_spark(self):
        pipeline = self.pipeline()
        for number, condition in enumerate(DELETIONS):
            with self.subTest(condition):
                theirs = self.spark_table(f"spark{number}", "SELECT id FROM range(0, 200000, 1, 1)",
                                          properties={"enableDeletionVectors": "true"})
                ours = self.folder / f"ours{number}"
                driver("copy", theirs, ours)
                peers.spark().sql(f"DELETE FROM delta.`{theirs}` WHERE {condition}")
                peers.oresmith("query", pipeline, f"DELETE FROM delta.`{ours}` WHERE {condition}")

                def vector(root):
                    add = actions(root, "add")[-1]
                    found = add["deletionVector"]
                    [path] = pathlib.Path(root).glob("deletion_vector_*.bin")
                    return found["storageType"], found["offset"], found["cardinality"], path.read_bytes(), add["stats"]

                self.assertEqual(vector(ours), vector(theirs))

    def test_checkpoints_have_the_columns_and_values_of_spark(self):
        for number, properties in enumerate(CHECKPOINTS):
            with self.subTest(properties=properties):
                self.check_checkpoint(number, {**properties, "checkpointInterval": "1"})

    def check_checkpoint(self, name, properties):
        # As we write times everywhere.
        peers.spark().conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        self.addCleanup(peers.spark().conf.unset, "spark.sql.parquet.outputTimestampType")
        theirs = self.spark_table(f"spark-{name}", CHECKPOINTED, "p", "q", properties=properties)
        # Version 0 gets no checkpoint.
        peers.spark().sql(f"ALTER TABLE delta.`{theirs}` SET TBLPROPERTIES ('a.b' = 'c')")
        ours = self.folder / f"ours-{name}"
        driver("copy", theirs, ours)

        def checkpoint(root):
            """The file with the files: a sidecar, or a classic one."""
            log = pathlib.Path(root, "_delta_log")
            return [*log.glob("_sidecars/*.parquet"), *log.glob("*.checkpoint.parquet")][0]

        def columns(root):
            schema = pyarrow.parquet.ParquetFile(checkpoint(root)).schema
            leaves = [schema.column(i) for i in range(len(schema))]
            return [f"{leaf.path} {leaf.physical_type} {leaf.converted_type}" for leaf in leaves]

        def parsed(root):
            adds = [row["add"] for row in pyarrow.parquet.read_table(checkpoint(root), columns=["add"]).to_pylist()]
            return sorted({repr((add.get("partitionValues_parsed"), add.get("stats_parsed"))) for add in adds if add})

        self.assertEqual(columns(ours), columns(theirs))
        self.assertEqual(parsed(ours), parsed(theirs))

    def test_random_histories_are_replayed_as_delta_rs_does(self):
        for seed in range(0, HISTORIES, HISTORIES_PER_RUN):
            with tempfile.TemporaryDirectory(prefix="oresmith-interop-") as folder:
                for line in driver("histories", folder, seed, HISTORIES_PER_RUN).splitlines():
                    number, version, *files = line.split(" ")
                    table = deltalake.DeltaTable(f"{folder}/{number}")
                    self.assertEqual(table.version(), int(version), f"seed {number}")
                    added = pyarrow.table(table.get_add_actions(flatten=True)).to_pydict()
                    theirs = [f"{path}:{size}" for path, size in
                              zip(added["path"], added["size_bytes"])]
                    self.assertEqual(sorted(files), sorted(theirs), f"seed {number}")


if __name__ == "__main__":
    unittest.main()
