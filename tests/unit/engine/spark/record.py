#!/usr/bin/env python3
"""Asks Spark what each expression of *_cases.txt is, and writes *_answers.txt beside it.

Needs PySpark (4.1.2; 4.3.0, which tools/setup-spark has, for conformance_cases.txt) and Java 17; the tests only read the answers. One line per expression:
type, tab, value cast to STRING (NULL for NULL), or `error`, tab, the error's class. Each query of *_queries.txt goes to
*_rows.txt: its columns and types (`!`: never NULL), tab, its rows as text, sorted, with tabs between."""
import logging
import pathlib
import sys

from pyspark.sql import SparkSession

folder = pathlib.Path(__file__).parent
spark = (SparkSession.builder.master("local[2]")
         .config("spark.sql.session.timeZone", "UTC")
         .config("spark.ui.enabled", "false")
         .config("spark.sql.ansi.enabled", "true")
         .config("spark.sql.shuffle.partitions", "1")
         # Evaluated as for a column of a table, not folded away.
         .config("spark.sql.optimizer.excludedRules",
                 "org.apache.spark.sql.catalyst.optimizer.ConstantFolding,"
                 "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation")
         .getOrCreate())
spark.sparkContext.setLogLevel("OFF")
logging.getLogger("SQLQueryContextLogger").disabled = True


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def answer(expression):
    try:
        kind = spark.sql(f"SELECT typeof({expression})").collect()[0][0]
        value = spark.sql(f"SELECT cast(({expression}) AS string)").collect()[0][0]
        return f"{kind}\t{'NULL' if value is None else escape(value)}"
    except Exception as error:  # every failure is an answer
        name = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        return f"error\t{name}"


def rows(query):
    """The columns with their types, and each row as text, sorted."""
    try:
        frame = spark.sql(query)
        names = frame.columns
        kinds = [field.dataType.simpleString() + ("" if field.nullable else "!") for field in frame.schema]
        schema = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds))
        frame.createOrReplaceTempView("answers")
        texts = spark.sql("SELECT cast(struct(*) AS string) FROM answers").collect() if names else []
        return f"{escape(schema)}\t" + "\t".join(sorted(escape(row[0]) for row in texts))
    except Exception as error:  # every failure is an answer
        name = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        return f"error\t{name}"


for cases in sorted(folder.glob("*_queries.txt")):
    if len(sys.argv) > 1 and cases.name not in sys.argv[1:]:
        continue
    lines = [line for line in cases.read_text().splitlines() if line and not line.startswith("#")]
    cases.with_name(cases.name.replace("_queries", "_rows")).write_text("".join(rows(line) + "\n" for line in lines))
    print(cases.name, len(lines))

for cases in sorted(folder.glob("*_cases.txt")):
    if len(sys.argv) > 1 and cases.name not in sys.argv[1:]:
        continue
    lines = [line for line in cases.read_text().splitlines() if line and not line.startswith("#")]
    answers = cases.with_name(cases.name.replace("_cases", "_answers"))
    answers.write_text("".join(answer(line) + "\n" for line in lines))
    print(cases.name, len(lines))
