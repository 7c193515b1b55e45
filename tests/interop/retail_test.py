"""examples/retail, opened by others: delta-rs, DuckDB and Spark read every table with the rows that
`oresmith query` gives; and Spark, given the same SELECTs over the same input, makes the same rows."""

import collections
import datetime
import decimal
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import deltalake
import duckdb

import peers

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "retail"
ORDERS = 3000
SAMPLE = 29
TABLES = ("bronze.orders_raw", "silver.order_items", "gold.revenue_per_city_hour",
          "gold.totals_per_product", "gold.chicago_orders", "silver.order_items__quarantine")


def plain(value):
    """A value of any of the readers in the one form that is compared."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(timespec="microseconds")
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        return plain(datetime.datetime.fromisoformat(value[:-1]))
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return decimal.Decimal(value).normalize()
    if isinstance(value, (list, tuple)):
        return tuple(plain(each) for each in value)
    if isinstance(value, dict):
        return tuple((name, plain(each)) for name, each in value.items())
    return value


def as_counter(columns, rows):
    """Rows and how often each is there: their order means nothing."""
    return collections.Counter(repr(tuple(plain(row[column]) for column in columns)) for row in rows)


class Retail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name) / "retail"
        shutil.copytree(EXAMPLE, cls.root, ignore=shutil.ignore_patterns("lakehouse", "live"))
        shutil.copy(cls.root / "fixed/silver.sql", cls.root / "transformations/silver.sql")
        peers.oresmith("produce", "retail", "--to", cls.root / "input/live", "--count", ORDERS,
                       "--per-file", 500, "--seed", 11)
        # Two runs, so that tables have several versions and files.
        late = sorted((cls.root / "input/live").glob("*.json"))[3:]
        for path in late:
            path.rename(path.with_name(f".{path.name}"))
        peers.oresmith("run", cls.root)
        for path in late:
            path.with_name(f".{path.name}").rename(path)
        peers.oresmith("run", cls.root)

    def path(self, table):
        return str(self.root / "lakehouse" / "main" / table.replace(".", "/"))

    def ours(self, table):
        """(columns, rows) as `oresmith query` gives them."""
        out = peers.oresmith("query", self.root, f"SELECT * FROM {table}", "--format", "json")
        rows = [json.loads(line, parse_float=decimal.Decimal) for line in out.splitlines()]
        self.assertGreater(len(rows), 0, table)
        return list(rows[0]), rows

    def check_same(self, columns, theirs, ours):
        theirs, ours = as_counter(columns, theirs), as_counter(columns, ours)
        # Not assertEqual: its difference of thousands of rows takes minutes.
        if theirs != ours:
            self.fail(f"only theirs: {list(theirs - ours)[:3]}\nonly ours: {list(ours - theirs)[:3]}")

    def test_delta_rs_reads_every_table(self):
        for table in TABLES:
            with self.subTest(table):
                columns, rows = self.ours(table)
                theirs = deltalake.DeltaTable(self.path(table)).to_pyarrow_table().to_pylist()
                self.check_same(columns, theirs, rows)

    def test_duckdb_reads_the_files_of_every_table(self):
        for table in TABLES:
            with self.subTest(table):
                columns, rows = self.ours(table)
                files = deltalake.DeltaTable(self.path(table)).file_uris()
                connection = duckdb.connect()
                connection.execute("SET TimeZone = 'UTC'")
                theirs = connection.execute("SELECT * FROM read_parquet(?)",
                                            [files]).to_arrow_table().to_pylist()
                self.check_same(columns, theirs, rows)

    def test_spark_reads_every_table(self):
        for table in TABLES:
            with self.subTest(table):
                columns, rows = self.ours(table)
                frame = peers.spark().read.format("delta").load(self.path(table))
                self.assertEqual(frame.columns, columns)
                theirs = [row.asDict(recursive=True) for row in frame.collect()]
                self.check_same(columns, theirs, rows)

    def test_the_types_are_sparks(self):
        spark = peers.spark()
        self.define_in_spark(spark)
        for table in TABLES[1:5]:
            with self.subTest(table):
                ours = spark.read.format("delta").load(self.path(table)).schema
                theirs = spark.table(table.replace(".", "_")).schema
                self.assertEqual([(f.name, f.dataType.simpleString()) for f in ours],
                                 [(f.name, f.dataType.simpleString()) for f in theirs])

    def select_of(self, table):
        """The SELECT of a dataset, its inputs replaced by Spark's views."""
        text = "".join(path.read_text() for path in (self.root / "transformations").glob("*.sql"))
        text = re.sub(r"(?m)^--.*$", "", text)
        for statement in text.split(";"):
            head, _, query = statement.partition("\nAS SELECT")
            if re.search(rf"(TABLE|VIEW) {re.escape(table)}\b", head):
                query = re.sub(r"\bSTREAM\s+", "", query)
                return "SELECT" + re.sub(r"\b(bronze|silver|gold)\.(\w+)", r"\1_\2", query)
        raise AssertionError(f"no statement makes {table}")

    def define_in_spark(self, spark):
        """The example's tables as views of Spark, from its own reading of the files."""
        text = spark.read.option("recursiveFileLookup", "true").text(str(self.root / "input"))
        text.selectExpr("value", "_metadata.file_path AS source_file",
                        "current_timestamp() AS ingest_ts").createOrReplaceTempView("bronze_orders_raw")
        silver = spark.sql(self.select_of("silver.order_items"))
        silver.where("order_id IS NOT NULL AND quantity > 0").createOrReplaceTempView(
            "silver_order_items")
        for table in TABLES[2:5]:
            spark.sql(self.select_of(table)).createOrReplaceTempView(table.replace(".", "_"))

    def test_spark_makes_the_same_rows_of_the_same_input(self):
        spark = peers.spark()
        self.define_in_spark(spark)
        for table in TABLES[:5]:
            with self.subTest(table):
                columns, rows = self.ours(table)
                # The time of the run differs; line is no column of Spark's.
                columns = [each for each in columns if each not in ("ingest_ts", "line")]
                theirs = [row.asDict(recursive=True)
                          for row in spark.table(table.replace(".", "_")).collect()]
                self.check_same(columns, theirs, rows)

    def test_every_line_is_there_once(self):
        _, rows = self.ours("bronze.orders_raw")
        self.assertEqual(len(rows), ORDERS + SAMPLE)
        self.assertEqual(len({(row["source_file"], row["line"]) for row in rows}), len(rows))


if __name__ == "__main__":
    unittest.main()
