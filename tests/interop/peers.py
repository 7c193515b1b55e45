"""What the interop tests share: a Spark that knows Delta, and the oresmith program.

tools/run_tests.py --all runs tests/interop/*_test.py with the Python of tools/setup-peers, after
setting ORESMITH (the program) and ORESMITH_PEERS_JARS (Delta's jars).
"""

import functools
import glob
import os
import subprocess

import pyspark.sql


@functools.cache
def spark():
    """One local Spark session with Delta per test process; UTC, as our engine."""
    jars = ":".join(sorted(glob.glob(os.environ["ORESMITH_PEERS_JARS"] + "/*.jar")))
    session = (
        pyspark.sql.SparkSession.builder.master("local[2]")
        .appName("oresmith-interop")
        .config("spark.driver.memory", "1g")
        # Hundreds of small jobs: compiling them, and cutting a log of a few lines into 50 parts,
        # would take most of the time.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.driver.extraClassPath", jars)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", "/nonexistent")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .getOrCreate()
    )
    return session


def oresmith(*arguments, cwd=None):
    """The standard output of the program; a failure of it is a failure of the test."""
    done = subprocess.run([os.environ["ORESMITH"], *map(str, arguments)], cwd=cwd, check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"oresmith {' '.join(map(str, arguments))}: exit code "
                             f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
