"""Tables as Spark and Delta write them, one for each thing that a reader must know: a function here
makes the table in an empty folder. foreign_tables.txt says what our program must make of each."""

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
