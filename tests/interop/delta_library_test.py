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

import peers

DRIVER = pathlib.Path(os.environ.get("ORESMITH", "")).parent / "tests/interop/delta_driver"
HISTORIES = 1_000
HISTORIES_PER_RUN = 100

PARTITIONED = """
SELECT id, CAST(p AS {type}) p FROM VALUES {values} AS t(id, p)
"""
PARTITIONS = {
    "STRING": "(1, 'a/b=c %:é'), (2, ''), (3, NULL), (4, 'plain'), (5, '__x'), (6, 'a b+c')",
    "DATE": "(1, '2020-02-29'), (2, NULL), (3, '0001-01-01')",
    "BOOLEAN": "(1, 'true'), (2, 'false'), (3, NULL)",
    "INT": "(1, '-5'), (2, '7'), (3, NULL)",
    "DECIMAL(10,2)": "(1, '1.5'), (2, '-3.10'), (3, NULL)",
    "DOUBLE": "(1, '1e20'), (2, '-0.5'), (3, '100')",
}


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
        for line in path.read_text().splitlines():
            action = json.loads(line)
            if kind in action:
                found.append(action[kind])
    return found


def spark_rows(root):
    rows = peers.spark().read.format("delta").load(str(root)).collect()
    return collections.Counter(repr(row) for row in rows)


class DeltaLibrary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def spark_table(self, name, select, *partition_columns):
        root = self.folder / name
        (peers.spark().sql(select).coalesce(1).write.format("delta")
         .partitionBy(*partition_columns).save(str(root)))
        return root

    def test_partition_values_and_paths_have_the_form_of_spark(self):
        for kind, values in PARTITIONS.items():
            with self.subTest(type=kind):
                name = re.sub(r"\W", "_", kind)
                theirs = self.spark_table(f"spark_{name}",
                                          PARTITIONED.format(type=kind, values=values), "p")
                ours = self.folder / f"ours_{name}"
                driver("copy", theirs, ours)

                def forms(root):
                    return sorted((repr(add["partitionValues"]), os.path.dirname(add["path"]))
                                  for add in actions(root, "add"))

                self.assertEqual(forms(ours), forms(theirs))
                self.assertEqual(spark_rows(ours), spark_rows(theirs))

    def test_protocols_with_properties_are_those_of_spark(self):
        for name in ("delta.enableChangeDataFeed", "delta.appendOnly",
                     "delta.enableDeletionVectors"):
            with self.subTest(property=name):
                theirs = self.folder / f"spark-{name}"
                (peers.spark().range(3).coalesce(1).write.format("delta").option(name, "true")
                 .save(str(theirs)))
                ours = self.folder / f"ours-{name}"
                driver("copy", theirs, ours)

                def protocol(root):
                    [found] = actions(root, "protocol")
                    return {key: sorted(value) if isinstance(value, list) else value
                            for key, value in found.items()}

                self.assertEqual(protocol(ours), protocol(theirs))

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
