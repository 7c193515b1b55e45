#!/usr/bin/env python3
"""Runs e2e cases by unittest and reports each of them as GoogleTest would.

    ORESMITH_BIN=build/release/oresmith tests/e2e/run.py test_commands [test_kill.KilledAFewTimes ...]

GTEST_OUTPUT=xml:<file>, which ctest sets, names the report that tools/run_tests.py counts.
"""

import os
import pathlib
import sys
import time
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


class Recorder(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = {}

    def startTest(self, test):
        super().startTest(test)
        self.cases[test.id()] = {"seconds": time.monotonic(), "failure": None, "skipped": None}

    def stopTest(self, test):
        super().stopTest(test)
        case = self.cases[test.id()]
        case["seconds"] = time.monotonic() - case["seconds"]

    def _record(self, test, kind, text):
        self.cases.setdefault(test.id(), {"seconds": 0, "failure": None, "skipped": None})
        self.cases[test.id()][kind] = text

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, "failure", str(err[1]))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, "failure", str(err[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped", reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._record(test, "failure", f"{subtest}: {err[1]}")


def clean(text):
    """XML cannot hold control characters."""
    return "".join(c if c >= " " or c == "\n" else "?" for c in text)


def write_report(path, cases):
    root = xml.etree.ElementTree.Element("testsuites")
    suite = xml.etree.ElementTree.SubElement(root, "testsuite", name="e2e")
    for name, case in cases.items():
        owner, _, method = name.rpartition(".")
        element = xml.etree.ElementTree.SubElement(
            suite, "testcase", classname=owner, name=method, status="run",
            time=f"{case['seconds']:.3f}")
        for kind in ("failure", "skipped"):
            if case[kind] is not None:
                xml.etree.ElementTree.SubElement(element, kind, message=clean(case[kind]))
    xml.etree.ElementTree.ElementTree(root).write(path, encoding="utf-8")


def main():
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Recorder, stream=sys.stdout)
    result = runner.run(suite)
    output = os.environ.get("GTEST_OUTPUT", "")
    if output.startswith("xml:"):
        pathlib.Path(output[4:]).parent.mkdir(parents=True, exist_ok=True)
        write_report(output[4:], result.cases)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
