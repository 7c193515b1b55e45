"""Spark's own golden files: sql-tests/inputs and the answers recorded in sql-tests/results."""


def run(_tally, _folder, _ours, _only):
    raise SystemExit("golden: this corpus is not there yet")
