"""Tables as Spark and Delta write them, one for each thing that a reader must know: a function here
makes the table in an empty folder. foreign_tables.txt says what our program must make of each."""

import contextlib
import pathlib

CASES = {}

ALL_TYPES = """id BIGINT, t BYTE, s SHORT, i INT, f FLOAT, d DOUBLE, m DECIMAL(38,10), m2 DECIMAL(5,2),
  b BOOLEAN, x STRING, y BINARY, da DATE, ts TIMESTAMP"""
SOME_OF_ALL = """VALUES
  (1L, 127Y, 32767S, 2147483647, CAST(1.5 AS FLOAT), 2.5D, 1234567890123456789012345678.0123456789BD,
   999.99BD, true, 'é \\u0001 \\'q\\' \U0001F600', X'00FF10', DATE'9999-12-31',
   TIMESTAMP'2024-02-29 12:34:56.789012'),
  (2L, -128Y, -32768S, -2147483648, CAST(-0.0 AS FLOAT), double('NaN'), -1BD, -0.01BD, false, '',
   X'', DATE'0001-01-01', TIMESTAMP'1582-10-15 00:00:00'),
  (3L, null, null, null, float('Infinity'), double('-Infinity'), null, null, null, null, null, null, null)
  AS v(id, t, s, i, f, d, m, m2, b, x, y, da, ts)"""


def case(function):
    CASES[function.__name__] = function
    return function


@contextlib.contextmanager
def settings(spark, **values):
    """Spark's settings, with `__` for each dot, while a table is made."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    for name, value in names.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name in names:
            spark.conf.unset(name)


def create(spark, path, columns, properties="", partitions="", values=None):
    spark.sql(f"CREATE TABLE delta.`{path}` ({columns}) USING delta "
              + (f"PARTITIONED BY ({partitions}) " if partitions else "")
              + (f"TBLPROPERTIES ({properties})" if properties else ""))
    if values:
        spark.sql(f"INSERT INTO delta.`{path}` {values}")


@case
def all_primitive_types(spark, path):
    create(spark, path, ALL_TYPES, values=f"SELECT * FROM {SOME_OF_ALL}")


@case
def nested_types(spark, path):
    create(spark, path, """id INT, l ARRAY<INT>, m MAP<STRING, STRUCT<a: INT, b: ARRAY<STRING>>>,
           s STRUCT<x: STRUCT<y: DECIMAL(10,2)>, z: MAP<INT, ARRAY<DATE>>>, ll ARRAY<ARRAY<BIGINT>>""",
           values="""VALUES
      (1, array(1, null, 3), map('k', named_struct('a', 1, 'b', array('x', null))),
       named_struct('x', named_struct('y', 1.25BD), 'z', map(7, array(DATE'2024-01-01'))),
       array(array(1L), array(), null)),
      (2, array(), map(), named_struct('x', null, 'z', null), array()),
      (3, null, null, null, null),
      (4, array(null), map('n', null), named_struct('x', named_struct('y', null), 'z', map()), null)""")


@case
def partitions_with_odd_values(spark, path):
    create(spark, path, "id INT, p STRING, `a b/c=%é` INT", partitions="p, `a b/c=%é`",
           properties="'delta.columnMapping.mode' = 'name'",
           values="""VALUES (1, 'a/b=c %:é', 1), (2, '', 2), (3, null, null), (4, ' ', -1),
           (5, '__HIVE_DEFAULT_PARTITION_', 0), (6, '%41', 6), (7, 'a\\u0001b?#[x]', 7), (8, '日本', 8)""")


@case
def partitions_of_each_type(spark, path):
    names = "t, s, i, f, d, m, m2, b, x, da, ts"
    create(spark, path, ALL_TYPES, partitions=names,
           values=f"SELECT * FROM {SOME_OF_ALL}")


@case
def statistics_as_a_struct(spark, path):
    create(spark, path, ALL_TYPES, properties="""'delta.checkpoint.writeStatsAsStruct' = 'true',
           'delta.checkpoint.writeStatsAsJson' = 'false', 'delta.checkpointInterval' = '2'""")
    for _ in range(3):
        spark.sql(f"INSERT INTO delta.`{path}` SELECT * FROM {SOME_OF_ALL}")


def vectors(spark, path, properties=""):
    create(spark, path, "id BIGINT, x STRING",
           properties=f"'delta.enableDeletionVectors' = 'true'{properties}")
    spark.sql(f"INSERT INTO delta.`{path}` SELECT id, concat('x', id) FROM range(0, 1000, 1, 1)")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id % 7 = 0")


@case
def deletion_vectors(spark, path):
    vectors(spark, path)
    spark.sql(f"UPDATE delta.`{path}` SET x = 'new' WHERE id BETWEEN 100 AND 110")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id > 900")


@case
def a_checkpoint_after_deletion_vectors(spark, path):
    vectors(spark, path, ", 'delta.checkpointInterval' = '2'")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 5")


def mapped(spark, path, mode):
    create(spark, path, "id INT, `a b` STRING, gone INT, s STRUCT<`x;y`: INT, z: INT>",
           properties=f"'delta.columnMapping.mode' = '{mode}'",
           values="VALUES (1, 'one', 10, named_struct('x;y', 1, 'z', 2))")
    spark.sql(f"ALTER TABLE delta.`{path}` RENAME COLUMN `a b` TO `c d`")
    spark.sql(f"ALTER TABLE delta.`{path}` DROP COLUMN gone")
    spark.sql(f"ALTER TABLE delta.`{path}` RENAME COLUMN s.z TO zz")
    spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMN gone STRING")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (2, 'two', named_struct('x;y', 3, 'zz', 4), 'back')")


@case
def column_mapping_by_name(spark, path):
    mapped(spark, path, "name")


@case
def column_mapping_by_id(spark, path):
    mapped(spark, path, "id")


@case
def column_mapping_of_an_older_table(spark, path):
    create(spark, path, "id INT, p STRING, x INT", partitions="p", values="VALUES (1, 'a', 1)")
    spark.sql(f"""ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name',
              'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')""")
    spark.sql(f"ALTER TABLE delta.`{path}` RENAME COLUMN p TO `part of it`")
    spark.sql(f"ALTER TABLE delta.`{path}` DROP COLUMN x")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (2, 'b')")


@case
def v2_checkpoints(spark, path):
    create(spark, path, "id INT, p INT", partitions="p",
           properties="'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2'")
    for i in range(5):
        spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i}, {i % 2})")


@case
def checkpoints_in_parts(spark, path):
    with settings(spark, spark__databricks__delta__checkpoint__partSize="2"):
        create(spark, path, "id INT", properties="'delta.checkpointInterval' = '3'")
        for i in range(7):
            spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i})")


@case
def v2_checkpoints_in_many_sidecars(spark, path):
    with settings(spark, spark__databricks__delta__checkpoint__partSize="2"):
        create(spark, path, "id INT, x STRING", properties="""'delta.checkpointInterval' = '4',
               'delta.checkpointPolicy' = 'v2', 'delta.enableDeletionVectors' = 'true'""")
        for i in range(7):
            spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i}, 'x'), ({i + 100}, 'y')")
        spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 3")


@case
def v2_checkpoints_as_json(spark, path):
    with settings(spark, spark__databricks__delta__checkpointV2__topLevelFileFormat="json"):
        create(spark, path, "id INT", properties="""'delta.checkpointInterval' = '2',
               'delta.checkpointPolicy' = 'v2'""")
        for i in range(5):
            spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i})")


@case
def a_log_whose_beginning_is_gone(spark, path):
    create(spark, path, "id INT", properties="'delta.checkpointInterval' = '3'")
    for i in range(5):
        spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i})")
    for version in range(3):
        pathlib.Path(path, "_delta_log", f"{version:020}.json").unlink()


@case
def timestamps_without_a_zone(spark, path):
    create(spark, path, "id INT, n TIMESTAMP_NTZ", values="""VALUES
           (1, TIMESTAMP_NTZ'2024-02-29 12:34:56.789012'), (2, TIMESTAMP_NTZ'0001-01-01 00:00:00'),
           (3, null)""")


@case
def widened_types(spark, path):
    create(spark, path, "id INT, b BYTE, m DECIMAL(5,2), f FLOAT, d DATE, l ARRAY<SHORT>",
           properties="""'delta.enableTypeWidening' = 'true',
           'delta.feature.timestampNtz' = 'supported'""",
           values="VALUES (1, 1Y, 1.25BD, float(1.5), DATE'2024-01-01', array(1S))")
    for change in ("id TYPE BIGINT", "b TYPE INT", "m TYPE DECIMAL(10,4)", "f TYPE DOUBLE",
                   "d TYPE TIMESTAMP_NTZ", "l.element TYPE INT"):
        spark.sql(f"ALTER TABLE delta.`{path}` ALTER COLUMN {change}")
    spark.sql(f"""INSERT INTO delta.`{path}` VALUES (3000000000, 70000, 123456.7891BD, 1e300D,
              TIMESTAMP_NTZ'2024-01-01 01:02:03', array(70000))""")


@case
def an_integer_widened_to_a_decimal(spark, path):
    create(spark, path, "i INT, d SHORT", properties="'delta.enableTypeWidening' = 'true'",
           values="VALUES (7, 8S)")
    spark.sql(f"ALTER TABLE delta.`{path}` ALTER COLUMN i TYPE DECIMAL(12,2)")
    spark.sql(f"ALTER TABLE delta.`{path}` ALTER COLUMN d TYPE DOUBLE")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (1.25BD, 0.5D)")


@case
def variants(spark, path):
    create(spark, path, "id INT, v VARIANT",
           values="""SELECT 1, parse_json('{"a": [1, "x", null]}') UNION ALL SELECT 2, null""")


@case
def variants_in_columns_of_their_own(spark, path):
    create(spark, path, "id INT, v VARIANT",
           properties="""'delta.enableVariantShredding' = 'true'""",
           values="""SELECT 1, parse_json('{"a": 1}')""")


@case
def a_partition_column_that_was_widened(spark, path):
    create(spark, path, "id INT, p INT", partitions="p", properties="'delta.enableTypeWidening' = 'true'",
           values="VALUES (1, 7), (2, NULL)")
    spark.sql(f"ALTER TABLE delta.`{path}` ALTER COLUMN p TYPE BIGINT")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (3, 3000000000)")


@case
def row_tracking(spark, path):
    create(spark, path, "id BIGINT", properties="'delta.enableRowTracking' = 'true'",
           values="SELECT id FROM range(10)")
    spark.sql(f"UPDATE delta.`{path}` SET id = 100 WHERE id = 3")


@case
def in_commit_timestamps(spark, path):
    create(spark, path, "id INT", properties="'delta.enableInCommitTimestamps' = 'true'",
           values="VALUES (1), (2)")


@case
def a_change_feed(spark, path):
    create(spark, path, "id INT, x STRING", properties="'delta.enableChangeDataFeed' = 'true'",
           values="VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    spark.sql(f"UPDATE delta.`{path}` SET x = 'B' WHERE id = 2")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 1")


@case
def clustering(spark, path):
    spark.sql(f"CREATE TABLE delta.`{path}` (id BIGINT, c STRING) USING delta CLUSTER BY (id, c)")
    spark.sql(f"INSERT INTO delta.`{path}` SELECT id, concat('c', id) FROM range(50)")
    spark.sql(f"OPTIMIZE delta.`{path}`")


@case
def a_change_feed_with_deletion_vectors(spark, path):
    vectors(spark, path, ", 'delta.enableChangeDataFeed' = 'true'")
    spark.sql(f"UPDATE delta.`{path}` SET x = 'B' WHERE id = 2")


@case
def a_feature_that_was_dropped(spark, path):
    vectors(spark, path)
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')")
    spark.sql(f"REORG TABLE delta.`{path}` APPLY (PURGE)")
    spark.sql(f"ALTER TABLE delta.`{path}` DROP FEATURE deletionVectors")


@case
def made_for_iceberg_too(spark, path):
    create(spark, path, "id INT, l ARRAY<INT>, p STRING", partitions="p",
           properties="""'delta.enableIcebergCompatV2' = 'true', 'delta.columnMapping.mode' = 'name'""",
           values="VALUES (1, array(1), 'a'), (2, NULL, NULL)")


@case
def clustering_by_a_nested_column(spark, path):
    spark.sql(f"CREATE TABLE delta.`{path}` (s STRUCT<c: STRING>, id INT) USING delta CLUSTER BY (s.c)")
    spark.sql(f"INSERT INTO delta.`{path}` SELECT struct(concat('c', id)), id FROM range(20)")


@case
def row_tracking_begun_later(spark, path):
    create(spark, path, "id BIGINT", values="SELECT id FROM range(10)")
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (10)")


@case
def in_commit_timestamps_begun_later(spark, path):
    create(spark, path, "id INT", values="VALUES (1)")
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (2)")


@case
def a_feature_for_vacuum(spark, path):
    create(spark, path, "id INT", properties="'delta.feature.vacuumProtocolCheck' = 'supported'",
           values="VALUES (1)")


@case
def texts_of_a_length(spark, path):
    create(spark, path, "c CHAR(5), v VARCHAR(3)", values="VALUES ('ab', 'abc'), (NULL, '')")


@case
def replaced_with_other_columns(spark, path):
    create(spark, path, "id INT, x STRING", partitions="x", values="VALUES (1, 'a'), (2, 'b')")
    (spark.sql("SELECT 'new' AS id, 3 AS y").write.format("delta").mode("overwrite")
     .option("overwriteSchema", "true").partitionBy("y").save(path))
    spark.sql(f"INSERT INTO delta.`{path}` VALUES ('more', 4)")


@case
def partitions_overwritten(spark, path):
    create(spark, path, "id INT, p STRING", partitions="p", values="VALUES (1, 'a'), (2, 'b'), (3, NULL)")
    (spark.sql("SELECT 4 AS id, 'a' AS p UNION ALL SELECT 5, NULL").write.format("delta").mode("overwrite")
     .option("partitionOverwriteMode", "dynamic").save(path))
    (spark.sql("SELECT 6 AS id, 'b' AS p").write.format("delta").mode("overwrite")
     .option("replaceWhere", "p = 'b'").save(path))


@case
def generated_columns(spark, path):
    create(spark, path, "id INT, ts TIMESTAMP, d DATE GENERATED ALWAYS AS (CAST(ts AS DATE))",
           partitions="d")
    spark.sql(f"INSERT INTO delta.`{path}` (id, ts) VALUES (1, TIMESTAMP'2024-05-06 07:08:09')")


@case
def identity_columns(spark, path):
    create(spark, path, "id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2), x STRING")
    spark.sql(f"INSERT INTO delta.`{path}` (x) VALUES ('a'), ('b')")


@case
def check_constraints(spark, path):
    create(spark, path, "id INT NOT NULL, x INT", values="VALUES (1, 2)")
    spark.sql(f"ALTER TABLE delta.`{path}` ADD CONSTRAINT positive CHECK (x > 0)")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (2, 3)")


@case
def column_defaults(spark, path):
    create(spark, path, "id INT, x STRING DEFAULT 'none'",
           properties="'delta.feature.allowColumnDefaults' = 'supported'")
    spark.sql(f"INSERT INTO delta.`{path}` (id) VALUES (1)")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (2, DEFAULT), (3, 'own')")


@case
def a_shallow_clone(spark, path):
    create(spark, f"{path}_source", "id INT", values="VALUES (1), (2)")
    spark.sql(f"CREATE TABLE delta.`{path}` SHALLOW CLONE delta.`{path}_source`")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (3)")


@case
def a_shallow_clone_with_deletion_vectors(spark, path):
    vectors(spark, f"{path}_source")
    spark.sql(f"CREATE TABLE delta.`{path}` SHALLOW CLONE delta.`{path}_source`")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 8")


@case
def a_void_column(spark, path):
    spark.sql("SELECT 1 AS id, null AS nothing").write.format("delta").save(path)


@case
def a_void_column_deep_inside(spark, path):
    (spark.sql("SELECT 1 AS id, struct(1 AS a, null AS nothing) AS s").write.format("delta").save(path))


@case
def columns_added_and_reordered(spark, path):
    create(spark, path, "id INT, x STRING", values="VALUES (1, 'a')")
    spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS (s STRUCT<a: INT> FIRST, y DATE AFTER id)")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (named_struct('a', 1), 2, DATE'2024-01-01', 'b')")
    spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS (s.b STRING)")
    spark.sql(f"INSERT INTO delta.`{path}` VALUES (named_struct('a', 1, 'b', 'z'), 3, null, 'c')")


@case
def optimized_and_restored(spark, path):
    create(spark, path, "id INT, x STRING")
    for i in range(4):
        spark.sql(f"INSERT INTO delta.`{path}` VALUES ({i}, 'x{i}')")
    spark.sql(f"OPTIMIZE delta.`{path}` ZORDER BY (id)")
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 2")
    spark.sql(f"RESTORE TABLE delta.`{path}` TO VERSION AS OF 5")


@case
def merged(spark, path):
    create(spark, path, "id INT, x STRING", values="VALUES (1, 'a'), (2, 'b')")
    spark.sql(f"""MERGE INTO delta.`{path}` t USING (SELECT * FROM VALUES (2, 'B'), (3, 'C') AS v(id, x)) s
              ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *""")


@case
def an_empty_table(spark, path):
    create(spark, path, "id INT, x STRING")


@case
def times_as_int96(spark, path):
    with settings(spark, spark__sql__parquet__outputTimestampType="INT96"):
        create(spark, path, "id INT, t TIMESTAMP",
               values="VALUES (1, TIMESTAMP'2024-02-29 12:34:56.789012'), (2, TIMESTAMP'1500-01-01 00:00:00')")


@case
def times_in_milliseconds(spark, path):
    with settings(spark, spark__sql__parquet__outputTimestampType="TIMESTAMP_MILLIS"):
        create(spark, path, "id INT, t TIMESTAMP",
               values="VALUES (1, TIMESTAMP'2024-02-29 12:34:56.789'), (2, TIMESTAMP'1900-01-01 00:00:00')")


@case
def files_of_each_codec(spark, path):
    create(spark, path, "id INT, x STRING, l ARRAY<STRING>")
    for number, codec in enumerate(("none", "snappy", "gzip", "zstd", "lz4_raw")):
        with settings(spark, spark__sql__parquet__compression__codec=codec):
            spark.sql(f"INSERT INTO delta.`{path}` SELECT {number}, repeat('x', id), array('a', NULL) FROM range(50)")


@case
def pages_of_the_second_kind(spark, path):
    create(spark, path, ALL_TYPES)
    (spark.sql(f"SELECT * FROM {SOME_OF_ALL}").coalesce(1).write.format("delta")
     .option("parquet.writer.version", "v2").mode("append").save(path))


@case
def files_in_the_old_form_of_decimals_and_lists(spark, path):
    with settings(spark, spark__sql__parquet__writeLegacyFormat="true"):
        create(spark, path, "id INT, m DECIMAL(5,2), w DECIMAL(18,4), l ARRAY<INT>, k MAP<STRING, ARRAY<INT>>",
               values="VALUES (1, 1.25BD, -3.5BD, array(1, NULL), map('a', array(2))), (2, NULL, NULL, array(), NULL)")


@case
def files_without_statistics(spark, path):
    with settings(spark, spark__databricks__delta__stats__collect="false"):
        create(spark, path, "id INT, x STRING", values="VALUES (1, 'a'), (2, NULL)")


@case
def partitions_by_time(spark, path):
    create(spark, path, "id INT, n TIMESTAMP_NTZ, t TIMESTAMP", partitions="n, t",
           values="""VALUES (1, TIMESTAMP_NTZ'2024-02-29 12:34:56.5', TIMESTAMP'2024-02-29 12:34:56.789012'),
           (2, NULL, TIMESTAMP'1500-01-01 00:00:00'), (3, TIMESTAMP_NTZ'1969-12-31 23:59:59.999999', NULL)""")


@case
def times_of_another_zone_as_partitions(spark, path):
    with settings(spark, spark__sql__session__timeZone="America/New_York"):
        create(spark, path, "id INT, t TIMESTAMP", partitions="t",
               values="VALUES (1, TIMESTAMP'2024-07-01 12:00:00'), (2, TIMESTAMP'2024-01-01 00:00:00.25')")


@case
def names_of_every_kind(spark, path):
    names = ["a b", "x,y;z", "{}()", "tab\tcol", "new\nline", "eq=ual", "quo\"te", "dot.ted", "日本語", "عربي",
             "é", "e\u0301", "😀", "back\\slash", "per%cent", "İstanbul", "straße"]
    columns = ", ".join(f"`{name}` INT" for name in names)
    create(spark, path, columns, properties="'delta.columnMapping.mode' = 'name'",
           values="VALUES (" + ", ".join(str(i) for i in range(len(names))) + ")")


@case
def ten_thousand_columns(spark, path):
    names = [f"c{i}" for i in range(10_000)]
    spark.createDataFrame([tuple(range(10_000))], names).coalesce(1).write.format("delta").save(path)
