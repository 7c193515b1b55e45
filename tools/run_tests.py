#!/usr/bin/env python3
"""Builds and runs the tests, and ends with one line: N passed, N failed, N skipped.

The checks (layers, tidy, format), the build, ctest, the tools' own tests and the documentation's code,
in this order; each goes on after a failure of an earlier one, except after a failed build. A GoogleTest
program counts by its cases, every other ctest test as one, a page of documentation as one.

    tools/run_tests.py --preset release [--jobs N] [--all | --only-ctest]
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77  # exit code of a check that cannot run here


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add(self, name, outcome, reason=""):
        if outcome == "passed":
            self.passed += 1
        elif outcome == "skipped":
            self.skipped.append(f"{name}: {reason}" if reason else name)
        else:
            self.failed.append(name)

    def report(self):
        for each in self.skipped:
            print(f"skipped  {each}")
        for each in self.failed:
            print(f"FAILED   {each}")
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped",
              flush=True)


def run(command, **options):
    print(f"== {' '.join(str(word) for word in command)}", flush=True)
    return subprocess.run([str(word) for word in command], cwd=ROOT, check=False, **options)


def run_check(tally, name, command):
    """A check is one test: exit code 0, or 77 with the reason as its last line."""
    done = run(command, stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    lines = done.stdout.strip().splitlines()
    outcome = {0: "passed", SKIPPED: "skipped"}.get(done.returncode, "failed")
    tally.add(name, outcome, lines[-1] if lines else "")


def build(build_folder, preset, jobs, targets):
    if not (build_folder / "build.ninja").is_file():
        if run(["cmake", "--preset", preset], stdout=subprocess.DEVNULL).returncode != 0:
            return False
    command = ["cmake", "--build", build_folder, "-j", jobs]
    if targets:
        command += ["--target", *targets]
    return run(command).returncode == 0


def gtest_cases(path):
    """(name, outcome, reason) of each case in a GoogleTest report."""
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            yield name, "failed", ""
        elif skipped is not None:
            reason = (skipped.get("message") or "").strip().splitlines()
            yield name, "skipped", reason[-1] if reason else "no reason given"
        elif case.get("status") == "run":
            yield name, "passed", ""
        else:
            yield name, "skipped", "disabled"


def count_ctest(tally, junit, results_folder):
    for case in xml.etree.ElementTree.parse(junit).iter("testcase"):
        name, status = case.get("name"), case.get("status")
        outcome = {"run": "passed", "fail": "failed"}.get(status, "skipped")
        report = results_folder / f"{name}.xml"
        cases = list(gtest_cases(report)) if report.is_file() else []
        for each, case_outcome, reason in cases:
            tally.add(f"{name}: {each}", case_outcome, reason)
        # A crash or a time-out leaves no failed case behind, but is a failure.
        if not cases or (outcome == "failed" and all(each[1] != "failed" for each in cases)):
            output = (case.findtext("system-out") or "").strip().splitlines()
            tally.add(name, outcome, output[-1] if output else "")


def run_ctest(tally, build_folder, jobs, everything):
    results = build_folder / "test-results"
    results.mkdir(exist_ok=True)
    for old in results.glob("*.xml"):
        old.unlink()
    junit = build_folder / "ctest.xml"
    junit.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", build_folder, "-j", jobs, "--output-on-failure",
               "--output-junit", junit]
    if not everything:
        command += ["--label-exclude", "^long$"]
    run(command)
    if junit.is_file():
        count_ctest(tally, junit, results)
    else:
        tally.add("ctest", "failed")


def run_unittest(tally, folder, python=sys.executable, environment=None):
    """The *_test.py of a folder, by Python's unittest, counted from its last lines."""
    done = run([python, "-m", "unittest", "discover", "-v", "-s", folder, "-p", "*_test.py"],
               stderr=subprocess.PIPE, text=True, env=environment)
    print(done.stderr, end="", flush=True)
    count_unittest(tally, folder, done.stderr)


def count_unittest(tally, folder, report):
    skipped = re.findall(r"^(\S+).*\.\.\. skipped ['\"](.*)['\"]$", report, re.M)
    failed = re.findall(r"^(?:FAIL|ERROR): (.*)$", report, re.M)
    ran = re.search(r"^Ran (\d+) tests?", report, re.M)
    if not ran:
        tally.add(str(folder), "failed")
        return
    for name, reason in skipped:
        tally.add(f"{folder}: {name}", "skipped", reason)
    for name in failed:
        tally.add(f"{folder}: {name}", "failed")
    tally.passed += max(0, int(ran.group(1)) - len(skipped) - len(failed))


def run_docs(tally, program):
    done = run(["tools/doc_code.py", "--program", program], stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    for line in done.stdout.splitlines():
        if line.startswith("ok "):
            tally.add(line, "passed")
        elif re.match(r"\S+:\d+: error:", line):
            tally.add(line, "failed")
    if done.returncode not in (0, 1):
        tally.add("tools/doc_code.py", "failed")


def run_interop(tally, program):
    """tests/interop with the peers' Python, or one skip with the reason that tools/setup-peers gave."""
    peers = subprocess.run(["tools/setup-peers", "--print"], cwd=ROOT, check=False, text=True,
                           capture_output=True)
    if peers.returncode != 0:
        tally.add("tests/interop", "skipped", peers.stdout.strip())
        return
    values = dict(line.split("=", 1) for line in peers.stdout.splitlines())
    environment = {**os.environ, **values, "ORESMITH": str(program)}
    run_unittest(tally, "tests/interop", values["ORESMITH_PEERS_PYTHON"], environment)


def run_conformance(tally, build_folder):
    """tests/conformance: the same queries to Spark and to us. Answers that the cache has need no Spark."""
    spark = subprocess.run(["tools/setup-spark", "--print"], cwd=ROOT, check=False, text=True,
                           capture_output=True)
    python = spark.stdout.strip().partition("=")[2] if spark.returncode == 0 else sys.executable
    driver = build_folder / "tests" / "conformance" / "conformance_driver"
    command = [python, "tests/conformance/conformance.py", "--driver", driver]
    run_check(tally, "tests/conformance: examples", [*command, "examples"])
    run_check(tally, "tests/conformance: random", [*command, "random", "--seed", "1", "--count", "2000"])
    golden = os.environ.get("ORESMITH_SPARK_GOLDEN")
    if golden:
        run_check(tally, "tests/conformance: golden", [*command, "golden", golden])
    else:
        tally.add("tests/conformance: golden", "skipped",
                  "ORESMITH_SPARK_GOLDEN names no folder of Spark's sql-tests")


def run_object_stores(tally, build_folder, program):
    """tests/object_stores against the servers that tools/setup-object-stores fetched."""
    servers = subprocess.run(["tools/setup-object-stores", "--print"], cwd=ROOT, check=True, text=True,
                             capture_output=True)
    values = dict(line.split("=", 1) for line in servers.stdout.splitlines())
    contract = build_folder / "tests" / "unit" / "storage" / "storage_test"
    environment = {**os.environ, **values, "ORESMITH": str(program),
                   "ORESMITH_STORAGE_TEST": str(contract)}
    run_unittest(tally, "tests/object_stores", environment=environment)


def run_kafka(tally, program):
    """tests/kafka against the broker that tools/setup-kafka fetched; without it, one skip."""
    run_unittest(tally, "tests/kafka", environment={**os.environ, "ORESMITH_BIN": str(program)})


def run_everything(tally, options):
    build_folder = ROOT / "build" / options.preset
    program = build_folder / "oresmith"
    if not options.only_ctest:
        run_check(tally, "layers", ["tools/layers.py"])
        run_check(tally, "tidy", ["tools/tidy.py"])
        run_check(tally, "format", ["tools/format", "--check"])
    targets = ["all", "check_headers"] if options.all else []
    if not build(build_folder, options.preset, options.jobs, targets):
        tally.add("build", "failed")
        return
    run_ctest(tally, build_folder, options.jobs, options.all)
    if options.only_ctest:
        return
    os.environ["ORESMITH_BUILD"] = str(build_folder)
    run_unittest(tally, "tests/tools")
    run_docs(tally, program)
    if options.all:
        run_interop(tally, program)
        run_conformance(tally, build_folder)
        run_object_stores(tally, build_folder, program)
        run_kafka(tally, program)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="release")
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--all", action="store_true", help="long suites, headers, interop too")
    parser.add_argument("--only-ctest", action="store_true")
    tally = Tally()
    run_everything(tally, parser.parse_args())
    tally.report()
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
