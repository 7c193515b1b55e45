#!/usr/bin/env python3
"""Runs .test files: pipelines as text, each three ways that must give the same rows.

    ORESMITH_BIN=build/release/oresmith tests/sql/run.py tests/sql/rules/drop_row.test [...]
    ... --update      writes the rows of the straight way into the files: read the diff
    ... --way killed  only one way; --seed 7: another moment of the kill

straight  one run over all files
small     each record in a file of its own, one file an epoch
killed    the same files come while `run --continuous` works; SIGKILL at a seeded moment; then `run`

README.md beside this has the format. GTEST_OUTPUT=xml:<file>, which ctest sets, names the report
that tools/run_tests.py counts.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_file  # noqa: E402  (from the folder of this file)

PROGRAM = os.environ.get("ORESMITH_BIN", "oresmith")
if os.sep in PROGRAM:
    PROGRAM = os.path.abspath(PROGRAM)  # the cases run elsewhere
WAYS = ("straight", "small", "killed")
RUN_SECONDS_MAX = 120
# All that it can do is done when nothing was committed for this long: then it is killed idle.
QUIET_SECONDS = 0.4
POLL_SECONDS = 0.002


class Wrong(Exception):
    """The program did not do what the .test file says."""


def split(file):
    """Each record of a file as a file of its own; a CSV's header comes with each."""
    name = pathlib.PurePosixPath(file.path)
    lines = file.content.decode("utf-8").splitlines(keepends=True)
    head = lines[:1] if name.suffix == ".csv" else []
    records = lines[len(head):]
    if file.whole or name.suffix not in (".json", ".csv", ".txt") or len(records) < 2:
        return [(file.path, file.content)]
    return [(str(name.with_name(f"{name.stem}.{i:04}{name.suffix}")),
             "".join([*head, record]).encode()) for i, record in enumerate(records)]


def read_csv(text):
    """Rows of RFC 4180; an empty field that is not quoted is NULL."""
    rows, row, at = [], [], 0
    field = re.compile(r'"((?:[^"]|"")*)"|([^",\r\n]*)')
    while at < len(text):
        found = field.match(text, at)
        quoted, plain = found.groups()
        row.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        at = found.end()
        if text[at:at + 1] == ",":
            at += 1
            continue
        at += 2  # CR LF
        rows.append(tuple(row))
        row = []
    return rows


class Pipeline:
    """A .test file in a folder of its own, one way."""

    def __init__(self, root, test):
        self.root, self.test, self.clock = pathlib.Path(root), test, 1_700_000_000
        self.settings = [word for key, value in test.settings.items()
                         for word in ("--set", f"{key}={value}")]

    def write(self, path, content):
        """Whole at once, and later than the files before it: their order is by time."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        hidden = target.with_name(f".{target.name}.tmp")
        hidden.write_bytes(content)
        self.clock += 1
        os.utime(hidden, (self.clock, self.clock))
        hidden.rename(target)

    def prepare(self, step):
        for folder in step.folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        if step.sql is not None:
            self.write("pipeline.sql", step.sql.encode())

    def command(self, *arguments):
        return [PROGRAM, *arguments]

    def call(self, *arguments):
        done = subprocess.run(self.command(*arguments), cwd=self.root, check=False,
                              env={**os.environ, "NO_COLOR": "1"}, capture_output=True,
                              timeout=RUN_SECONDS_MAX)
        done.stdout = done.stdout.decode("utf-8", "replace")
        done.stderr = done.stderr.decode("utf-8", "replace")
        return done

    def run(self, *settings):
        return self.call("run", ".", *self.settings, *settings)

    def query(self, sql):
        done = self.call("query", ".", sql, "--format", "csv", *self.settings)
        if done.returncode != 0:
            raise Wrong(f"query {sql}\n{done.stderr}")
        return read_csv(done.stdout)

    def events(self):
        """Notes of checkpoints and commits of tables: how far it has come."""
        count = 0
        for folder, _, files in os.walk(self.root / "lakehouse"):
            if folder.endswith(("/_delta_log", "/offsets", "/commits")):
                count += sum(not name.startswith(".") for name in files)
        return count

    def table_folder(self, table):
        parts = table.split(".")
        return self.root.joinpath("lakehouse", *["main", "default"][:3 - len(parts)], *parts)

    def rule_counts(self, table, rule):
        """Passed and failed rows over all epochs, from the commits that brought the rows."""
        passed = failed = 0
        for path in sorted((self.table_folder(table) / "_delta_log").glob("*.json")):
            info = next((line["commitInfo"] for line in map(json.loads, path.read_text().splitlines())
                         if "commitInfo" in line), {})
            metrics = info.get("operationMetrics", {})
            if f"expectation.{rule}.passed" not in metrics:
                continue
            if not info["operation"].startswith("STREAMING"):
                passed = failed = 0  # a view is made anew
            passed += int(metrics[f"expectation.{rule}.passed"])
            failed += int(metrics[f"expectation.{rule}.failed"])
        return passed, failed


class Checker:
    def __init__(self, pipeline, way, update):
        self.pipeline, self.way, self.update = pipeline, way, update
        self.updates = []  # (first line, line behind the last, new lines)

    def fail(self, check, message):
        raise Wrong(f"{self.pipeline.test.path}:{check.line + 1}: {check.kind} {check.subject}: "
                    f"{message}")

    def check(self, step, told):
        for check in step.checks:
            if check.kind == "query":
                self.check_query(check)
            elif check.kind == "expectation":
                self.check_expectation(check)
            elif check.kind == "quarantine":
                self.check_quarantine(check)
            # A resumed run tells of its own epochs only; what the killed one told went with it.
            elif self.way != "killed" and check.subject not in told:
                self.fail(check, f"was not told:\n{told}")

    def check_query(self, check):
        rows = self.pipeline.query(check.subject)
        want = check.body
        if self.update:
            head, *found = rows
            lines = [head, *(found if check.ordered else sorted(found, key=str))]
            self.updates.append((check.line + 1, check.end,
                                 ["  ".join(map(test_file.shown, row)) for row in lines]))
            return
        same = want == rows if check.ordered else \
            want[:1] == rows[:1] and collections.Counter(want) == collections.Counter(rows)
        if not same:
            found = rows if check.ordered else rows[:1] + sorted(rows[1:], key=str)
            self.fail(check, f"expected\n{self.text(want)}\nand got\n{self.text(found)}")

    @staticmethod
    def text(rows):
        return "\n".join("  " + "  ".join(map(test_file.shown, row)) for row in rows)

    def check_expectation(self, check):
        table, _, rule = check.subject.rpartition(".")
        passed, failed = self.pipeline.rule_counts(table, rule)
        drops = "dropped" in check.body
        found = {"passed": passed, "dropped" if drops else "failed": failed}
        if found != check.body:
            self.fail(check, f"expected {check.body}, the table's commits have {found}")
        quarantined = 0
        if self.pipeline.table_folder(table + "__quarantine").exists():
            rows = self.pipeline.query(
                f"SELECT count(*) FROM {table}__quarantine "
                f"WHERE kind = 'expectation' AND array_contains(rules, '{rule}')")
            quarantined = int(rows[1][0])
        if quarantined != (failed if drops else 0):
            self.fail(check, f"{failed} rows broke it, and {quarantined} are in the quarantine")

    def check_quarantine(self, check):
        reasons = []
        if self.pipeline.table_folder(check.subject + "__quarantine").exists():
            rows = self.pipeline.query(f"SELECT reason FROM {check.subject}__quarantine")
            reasons = [row[0] for row in rows[1:]]
        # Among words that are all in a reason, the longest are meant.
        longest_first = sorted((words for _, words in check.body), key=len, reverse=True)
        found = collections.Counter(
            next((words for words in longest_first if words in reason), reason)
            for reason in reasons)
        want = collections.Counter({words: count for count, words in check.body})
        if found != want:
            self.fail(check, f"expected {dict(want)}, the reasons are {reasons}")


class Case:
    """One .test file."""

    def __init__(self, path, seed):
        self.test = test_file.parse(path)
        self.seed = seed
        self.events = []  # of the small way, at the end of each step
        self.killed_at = []

    def ways(self):
        return WAYS[:1] if self.test.only_straight else WAYS

    def run(self, way, update=False):
        with tempfile.TemporaryDirectory(prefix="oresmith-sql-") as folder:
            pipeline = Pipeline(folder, self.test)
            checker = Checker(pipeline, way, update)
            for number, step in enumerate(self.test.steps):
                pipeline.prepare(step)
                told = getattr(self, way)(pipeline, number, step)
                checker.check(step, told)
            if update:
                self.write_updates(checker.updates)

    def write_updates(self, updates):
        lines = list(self.test.lines)
        for begin, end, new in sorted(updates, reverse=True):
            lines[begin:end] = new
        self.test.path.write_text("\n".join(lines), encoding="utf-8")

    def land(self, pipeline, step, small):
        for file in step.files:
            for path, content in split(file) if small else [(file.path, file.content)]:
                pipeline.write(path, content)

    def expect_ok(self, done):
        if done.returncode != 0:
            raise Wrong(f"the run failed with exit code {done.returncode}\n{done.stderr}")
        return done.stdout + done.stderr

    def straight(self, pipeline, number, step):
        del number
        self.land(pipeline, step, small=False)
        before = pipeline.events()
        done = pipeline.run()
        if step.outcome == "ok":
            return self.expect_ok(done)
        code = {"error": 2, "failed": 1}[step.outcome]
        if done.returncode != code:
            raise Wrong(f"exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        for text in step.errors:
            if text not in done.stderr:
                raise Wrong(f"the error does not say {text!r}:\n{done.stderr}")
        if step.outcome == "error" and pipeline.events() != before:
            raise Wrong("it was refused, but something was written")
        return done.stdout + done.stderr

    def small(self, pipeline, number, step):
        del number
        self.land(pipeline, step, small=True)
        told = self.expect_ok(pipeline.run("--set", "oresmith.epochBytes=1"))
        self.events.append(pipeline.events())
        return told

    def killed(self, pipeline, number, step):
        if not self.events:  # asked for alone
            self.run("small")
        moments = random.Random(f"{self.seed} {self.test.path.name} {number}")
        before = pipeline.events()
        target = moments.randint(before + 1, max(before + 1, self.events[number] - 1))
        waiting = self.first_files(pipeline, step)
        run = subprocess.Popen(
            pipeline.command("run", ".", "--continuous", *pipeline.settings, "--set",
                             "oresmith.epochBytes=1"),
            cwd=pipeline.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self.watch(pipeline, run, waiting, target)
            time.sleep(moments.uniform(0, 0.004))
        finally:
            run.kill()
            told = run.communicate()[1].decode("utf-8", "replace")
        if run.returncode != -9:
            raise Wrong(f"it ended by itself, with {run.returncode}\n{told}")
        self.killed_at.append(f"{pipeline.events()} of about {self.events[number]} notes")
        for path, content in waiting:
            pipeline.write(path, content)
        return told + self.expect_ok(pipeline.run())

    def first_files(self, pipeline, step):
        """Lands what types are inferred from, and gives what comes while it runs."""
        waiting, folders = [], set()
        for file in step.files:
            folder = file.path.rpartition("/")[0]
            now = self.test.together or folder not in folders or file.path.endswith(".sql")
            folders.add(folder)
            for path, content in split(file):
                if now:
                    pipeline.write(path, content)
                else:
                    waiting.append((path, content))
        return waiting

    @staticmethod
    def watch(pipeline, run, waiting, target):
        """Until `target` notes are there, or nothing more comes. A file lands at each look."""
        seen, changed = -1, time.monotonic()
        while run.poll() is None:
            now = pipeline.events()
            if now >= target and not (now == seen == 0):
                return
            if now != seen:
                seen, changed = now, time.monotonic()
            if waiting:
                pipeline.write(*waiting.pop(0))
                changed = time.monotonic()
            elif now and time.monotonic() - changed > QUIET_SECONDS:
                return
            if time.monotonic() - changed > RUN_SECONDS_MAX:
                raise Wrong("nothing was committed")
            time.sleep(POLL_SECONDS)


def write_report(path, results):
    root = xml.etree.ElementTree.Element("testsuites")
    suite = xml.etree.ElementTree.SubElement(root, "testsuite", name="sql")
    for name, way, seconds, failure in results:
        case = xml.etree.ElementTree.SubElement(suite, "testcase", classname=name, name=way,
                                                status="run", time=f"{seconds:.3f}")
        if failure:
            text = "".join(c if c >= " " or c == "\n" else "?" for c in failure)
            xml.etree.ElementTree.SubElement(case, "failure", message=text)
    path.parent.mkdir(parents=True, exist_ok=True)
    xml.etree.ElementTree.ElementTree(root).write(path, encoding="utf-8")


def run_file(path, options, results):
    name = f"{path.parent.name}.{path.stem}"
    try:
        case = Case(path, options.seed)
    except test_file.Malformed as error:
        print(error)
        results.append((name, "parse", 0, str(error)))
        return
    if options.update:
        case.run("straight", update=True)
        case = Case(path, options.seed)
    for way in case.ways():
        if options.way and way != options.way:
            continue
        began, failure = time.monotonic(), None
        try:
            case.run(way)
        except Wrong as wrong:
            failure = str(wrong)
        seconds = time.monotonic() - began
        detail = f", killed at {', '.join(case.killed_at)}" if way == "killed" else ""
        print(f"{'FAILED' if failure else 'ok    '} {name} {way} ({seconds:.2f} s{detail})",
              flush=True)
        if failure:
            print(failure + (f"\nagain: --seed {options.seed}" if way == "killed" else ""),
                  flush=True)
        results.append((name, way, seconds, failure))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="write the rows that came")
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    results = []
    for path in options.files:
        run_file(path, options, results)
    output = os.environ.get("GTEST_OUTPUT", "")
    if output.startswith("xml:"):
        write_report(pathlib.Path(output[4:]), results)
    return 1 if not results or any(failure for *_, failure in results) else 0


if __name__ == "__main__":
    sys.exit(main())
