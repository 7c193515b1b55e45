#!/usr/bin/env python3
"""Runs the same queries in Spark and in Oresmith, and sorts them: same, refused, different.

    conformance.py examples                        the examples of DESCRIBE FUNCTION EXTENDED
    conformance.py golden DIR                      Spark's sql-tests folder, its answers recorded there
    conformance.py random --seed N --count N       expressions made by chance

--driver names conformance_driver. Spark's answers are kept in the cache (ORESMITH_CACHE), so only what is new
starts a JVM. Fails when a case is different that known_differences.txt does not list with a reason; ends with exit
code 77 and the reason when Spark has to be asked and is not there.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import sys

import driver
import golden
import oracle
import random_expressions
import verdict

FOLDER = pathlib.Path(__file__).resolve().parent
VERSION = "4.3.0"
SKIPPED = 77  # exit code of a check that cannot run here
# Their values are of the moment, the machine or chance: only their types are compared.
UNSTABLE = re.compile(
    r"\b(rand|randn|random|randstr|uniform|uuid|shuffle|current_\w+|now|curdate|user|session_user|version|localtimestamp"
    r"|spark_partition_id|monotonically_increasing_id|input_file\w*)\b|\bunix_timestamp\(\)", re.I)


class Tally:
    def __init__(self, known, shown):
        self.known, self.shown = known, shown
        self.cases = []  # (group, query, verdict, why)

    def add(self, group, query, outcome, why):
        if outcome == "different" and self.known.has(query):
            outcome = "known"
        self.cases.append((group, query, outcome, why))
        if outcome in self.shown:
            print(f"{outcome.upper()} {group} ={digest(query)}: {query}\n    {why}", flush=True)

    def table(self):
        groups = collections.defaultdict(collections.Counter)
        for group, _, outcome, _ in self.cases:
            groups[group][outcome] += 1
        print(f"{'':40} {'same':>7} {'refused':>7} {'differ':>7} {'known':>7}")
        for group in sorted(groups):
            counts = groups[group]
            print(f"{group:40} {counts['same']:7} {counts['refused']:7} {counts['different']:7} "
                  f"{counts['known']:7}")

    def summary(self):
        counts = collections.Counter(case[2] for case in self.cases)
        total = max(1, len(self.cases))
        return (f"{len(self.cases)} cases: {counts['same']} same ({100 * counts['same'] / total:.1f} %), "
                f"{counts['refused']} refused, {counts['different']} different, {counts['known']} known to differ; "
                f"{sum(case[3] == verdict.NAMES for case in self.cases)} of the same name columns otherwise")

    def failed(self):
        return any(case[2] == "different" for case in self.cases)


class Known:
    """known_differences.txt: a line `query<tab>reason`; one that begins with ~ has a pattern, one that begins with =
    the hash of a query that is not ours to copy: `conformance.py --show different` prints it."""

    def __init__(self, path):
        self.queries, self.patterns = {}, []
        for line in path.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            query, reason = line.split("\t")
            if query.startswith("~"):
                self.patterns.append((re.compile(query[1:], re.S), reason))
            else:
                self.queries[query] = reason

    def has(self, query):
        flat = " ".join(query.split())
        return flat in self.queries or "=" + digest(flat) in self.queries or any(pattern.search(flat) for pattern, _ in self.patterns)


def digest(query):
    return hashlib.sha256(" ".join(query.split()).encode("utf-8", "replace")).hexdigest()[:12]


def is_ordered(query):
    return bool(re.search(r"\border\s+by\b[^()]*$", query, re.I))


def run_examples(tally, spark, ours):
    for function, query in list(spark.examples()):
        if re.match(r"\s*(SET|CREATE|DROP|INSERT|DECLARE)\b", query, re.I):
            continue
        theirs = spark.ask(query)
        tally.add(function, query, *verdict.judge(
            ours.ask(query), theirs, values=not UNSTABLE.search(query), ordered=is_ordered(query)))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("corpus", choices=["examples", "golden", "random"])
    parser.add_argument("folder", nargs="?", help="of Spark's sql-tests, for golden")
    parser.add_argument("--driver", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--only", default="", help="only functions or files with this in their name")
    parser.add_argument("--show", default="different", help="verdicts to list as they come, by commas")
    parser.add_argument("--table", action="store_true", help="the counts of each function or file")
    parser.add_argument("--json", help="writes all cases to this file")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    tally = Tally(Known(FOLDER / "known_differences.txt"), arguments.show.split(","))
    spark = oracle.Spark(VERSION)
    ours = driver.Oresmith(arguments.driver)
    try:
        if arguments.corpus == "examples":
            run_examples(tally, spark, ours)
        elif arguments.corpus == "golden":
            golden.run(tally, pathlib.Path(arguments.folder), ours, arguments.only)
        else:
            random_expressions.run(tally, spark, ours, arguments.seed, arguments.count)
    except oracle.NoSpark as reason:
        print(f"{arguments.corpus}: {reason}")
        return SKIPPED
    finally:
        ours.stop()
        spark.stop()
    if arguments.table:
        tally.table()
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(tally.cases, indent=1))
    print(tally.summary())
    return 1 if tally.failed() else 0


if __name__ == "__main__":
    sys.exit(main())
