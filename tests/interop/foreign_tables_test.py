"""Tables that Spark wrote, read by our program: the same columns, types and rows as Spark reads. What
it must make of each table stands in foreign_tables.txt; a gap that has closed must leave that list."""

import base64
import collections
import datetime
import decimal
import json
import math
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import foreign_cases
import peers

LIST = pathlib.Path(__file__).with_name("foreign_tables.txt")


def outcomes():
    """Name to (word, text): pass; fail and unsupported with a pattern of the error."""
    found = {}
    for line in LIST.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, word, *rest = line.split(None, 2)
            found[name] = (word, rest[0] if rest else "")
    return found


def plain(value):
    """A value of Spark's in the form of our JSON output, numbers as Decimal."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, float):
        return decimal.Decimal(repr(value)).normalize() if math.isfinite(value) else repr(value)
    if isinstance(value, (int, decimal.Decimal)):
        return decimal.Decimal(value).normalize()
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)) and not hasattr(value, "asDict"):
        return tuple(plain(each) for each in value)
    if hasattr(value, "asDict"):
        value = value.asDict()
    return tuple(sorted((str(name), plain(each)) for name, each in value.items()))


def ours_plain(value):
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", value):
            return datetime.datetime.fromisoformat(value.rstrip("Z")).isoformat(timespec="microseconds")
        return {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(value, value)
    if isinstance(value, dict):
        return tuple(sorted((name, ours_plain(each)) for name, each in value.items()))
    if isinstance(value, list):
        return tuple(ours_plain(each) for each in value)
    return plain(value)


def type_text(text):
    """Spark and we differ in the case of words, in blanks, and in the quotes of odd names."""
    return text.lower().replace(" ", "").replace("`", "")


def query(folder, sql):
    """(rows, None), or (None, what the program said)."""
    done = subprocess.run([os.environ["ORESMITH"], "query", folder, sql, "--format", "json"], check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stdout + done.stderr
    rows = [json.loads(line, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
            for line in done.stdout.splitlines()]
    return rows, None


class ForeignTables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-foreign-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.pipeline = cls.root / "pipeline"
        cls.pipeline.mkdir()
        (cls.pipeline / "one.sql").write_text("CREATE MATERIALIZED VIEW one AS SELECT 1 AS n;\n")

    def test_the_list_names_each_case(self):
        self.assertEqual(sorted(outcomes()), sorted(foreign_cases.CASES))

    def differences(self, path):
        """What our program makes of the table in another way than Spark; empty: nothing."""
        frame = peers.spark().read.format("delta").load(path)
        columns, problem = query(self.pipeline, f"DESCRIBE delta.`{path}`")
        if problem:
            return problem
        mine = [(row["col_name"], type_text(row["data_type"])) for row in columns]
        theirs = [(field.name, type_text(field.dataType.simpleString())) for field in frame.schema]
        if mine[:len(theirs)] != theirs:
            return f"types: {[pair for pair in zip(mine, theirs) if pair[0] != pair[1]][:5]}"
        rows, problem = query(self.pipeline, f"SELECT * FROM delta.`{path}`")
        if problem:
            return problem
        mine = collections.Counter(repr(tuple(ours_plain(row[name]) for name in frame.columns)) for row in rows)
        theirs = collections.Counter(repr(tuple(plain(each) for each in row)) for row in frame.collect())
        if mine == theirs:
            return ""
        return f"only Spark: {list(theirs - mine)[:3]}\nonly ours: {list(mine - theirs)[:3]}"

    def check(self, name, word, pattern):
        path = str(self.root / name)
        foreign_cases.CASES[name](peers.spark(), path)
        found = self.differences(path)
        if word == "pass":
            self.assertEqual(found, "")
        else:
            self.assertNotEqual(found, "", f"it passes now: say so in {LIST.name}")
            self.assertRegex(found, pattern)

    def test_each_table_is_read_as_the_list_says(self):
        for name, (word, pattern) in outcomes().items():
            with self.subTest(name):
                self.check(name, word, pattern)


if __name__ == "__main__":
    unittest.main()
