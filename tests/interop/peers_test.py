"""The peers themselves: if these fail, the other interop tests say nothing about our tables."""

import tempfile
import unittest

import deltalake
import duckdb
import pyarrow

import peers


class Peers(unittest.TestCase):
    def test_spark_writes_what_delta_rs_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            peers.spark().range(3).write.format("delta").save(f"{folder}/table")
            table = deltalake.DeltaTable(f"{folder}/table")
            self.assertEqual(table.version(), 0)
            rows = duckdb.sql("SELECT count(*) FROM read_parquet($files)",
                              params={"files": table.file_uris()}).fetchall()
            self.assertEqual(rows, [(3,)])

    def test_delta_rs_writes_what_spark_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            deltalake.write_deltalake(f"{folder}/table", pyarrow.table({"id": [1, 2]}))
            rows = peers.spark().read.format("delta").load(f"{folder}/table").collect()
            self.assertEqual(sorted(row.id for row in rows), [1, 2])


if __name__ == "__main__":
    unittest.main()
