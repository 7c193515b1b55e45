#!/usr/bin/env python3
"""The retail benchmark with Apache Spark and Delta: the same tables as bench/retail/pipeline.sql.

    pipeline.py run --input DIR --out DIR --jars DIR     one cold run: bronze, silver, gold
    pipeline.py check --out DIR                          prints the sums of the tables as JSON

Tuned: two cores, a heap of 4 GiB, the parallel collector, two shuffle partitions, zstd, no column
statistics, no dictionary for the raw text. Bronze and silver are streaming queries with the trigger
availableNow; the gold tables are overwritten by batch queries, as materialized views are when they
are recomputed, because streaming aggregations cannot count distinct orders.

What is easier for Spark than for Oresmith: bronze has no line number (Spark's text source has none),
and rows that break a rule are dropped without a quarantine.
"""

import argparse
import glob
import json
import os
import sys

SCHEMA = """order_id BIGINT, customer_id INT, customer_fname STRING, customer_lname STRING,
  city STRING, state STRING, pincode INT, order_ts TIMESTAMP,
  line_items ARRAY<STRUCT<order_item_id: BIGINT, order_item_product_id: INT,
    order_item_quantity: INT, order_item_product_price: DOUBLE, order_item_subtotal: DOUBLE>>"""

TOTALS = ["sum(subtotal) AS revenue", "count(DISTINCT order_id) AS orders",
          "sum(quantity) AS items", "count(*) AS lines"]


def session(args):
    from pyspark.sql import SparkSession
    builder = SparkSession.builder.master(args.master).appName("bench_retail")
    settings = {
        "spark.driver.memory": args.heap,
        "spark.driver.extraJavaOptions": "-XX:+UseParallelGC",
        "spark.driver.extraClassPath": ":".join(glob.glob(os.path.join(args.jars, "*.jar"))),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": os.path.join(args.out, "tmp"),
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.databricks.delta.stats.collect": "false",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    os.makedirs(os.path.join(args.out, "tmp"), exist_ok=True)
    return builder.getOrCreate()


def stream(rows, args, table, dictionary):
    # A query keeps the settings that it was started with.
    rows.sparkSession.conf.set("parquet.enable.dictionary", dictionary)
    query = (rows.writeStream.format("delta").outputMode("append").queryName(table)
             .option("checkpointLocation", os.path.join(args.out, "_checkpoints", table))
             .trigger(availableNow=True).start(os.path.join(args.out, table)))
    query.awaitTermination()


def bronze(spark, args):
    rows = (spark.readStream.format("text").option("maxFilesPerTrigger", 1_000_000)
            .load(args.input)
            .selectExpr("value", "_metadata.file_name AS source_file",
                        "current_timestamp() AS ingest_ts"))
    stream(rows, args, "bronze", "false")


def silver(spark, args):
    from pyspark.sql import functions as F
    rows = (spark.readStream.format("delta").load(os.path.join(args.out, "bronze"))
            .select(F.from_json("value", SCHEMA).alias("o"), "ingest_ts")
            .where("o.order_id IS NOT NULL")
            .selectExpr("o", "explode(o.line_items) AS item", "ingest_ts")
            .where("item.order_item_quantity > 0")
            .selectExpr("o.order_id", "item.order_item_id",
                        "item.order_item_product_id AS product_id",
                        "item.order_item_quantity AS quantity",
                        "item.order_item_product_price AS price",
                        "item.order_item_subtotal AS subtotal",
                        "o.customer_id", "o.customer_fname", "o.customer_lname", "o.city",
                        "o.state", "o.pincode", "o.order_ts", "ingest_ts"))
    stream(rows, args, "silver", "true")


def gold(spark, args, table, groups):
    from pyspark.sql import functions as F
    (spark.read.format("delta").load(os.path.join(args.out, "silver"))
     .groupBy(*[F.expr(group) for group in groups]).agg(*[F.expr(total) for total in TOTALS])
     .coalesce(1).write.format("delta").mode("overwrite").save(os.path.join(args.out, table)))


def run(args):
    spark = session(args)
    bronze(spark, args)
    silver(spark, args)
    gold(spark, args, "gold_city_hour", ["city", "state", "date_trunc('HOUR', order_ts) AS hour"])
    gold(spark, args, "gold_product", ["product_id"])
    spark.stop()


def check(args):
    import pyarrow.compute as pc
    from deltalake import DeltaTable

    def table(name):
        return DeltaTable(os.path.join(args.out, name)).to_pyarrow_table()

    sums = {}
    for name in ("gold_city_hour", "gold_product"):
        rows = table(name)
        sums[name] = {"rows": rows.num_rows} | {
            column: pc.sum(rows[column]).as_py() for column in ("revenue", "orders", "items", "lines")}
    for name in ("bronze", "silver"):
        sums[f"{name}_rows"] = DeltaTable(os.path.join(args.out, name)).to_pyarrow_dataset().count_rows()
    json.dump(sums, sys.stdout)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "check"])
    parser.add_argument("--input")
    parser.add_argument("--out", required=True)
    parser.add_argument("--jars", default="")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--heap", default="4g")
    args = parser.parse_args()
    {"run": run, "check": check}[args.command](args)


if __name__ == "__main__":
    main()
