"""The runner of tests/sql: what a .test file means, what is wrong with one, and that a wrong row fails."""

import os
import pathlib
import subprocess
import sys

from scratch import ScratchTest

SQL_TESTS = pathlib.Path(__file__).resolve().parents[1] / "sql"
sys.path.insert(0, str(SQL_TESTS))
import test_file  # noqa: E402

RUN = "run ok\nCREATE VIEW v AS SELECT 1;\n\n"
# A program whose tables always have the one row `1`, and whose runs never end by themselves.
PROGRAM = """#!/bin/sh
case "$1" in
query) printf 'x\\r\\n1\\r\\n' ;;
run) mkdir -p lakehouse/t/_delta_log; touch lakehouse/t/_delta_log/$$.json
     case "$*" in *--continuous*) exec sleep 60 ;; esac ;;
esac
"""


class Parse(ScratchTest):
    def refused(self, text, message):
        with self.assertRaises(test_file.Malformed) as caught:
            test_file.parse("x.test", text)
        self.assertIn(message, str(caught.exception))

    def test_blocks_end_where_the_next_one_begins(self):
        test = test_file.parse("x.test", "# why\nfile in/1.txt\na\n\nb\n\nfile in/2.txt\n\n" + RUN
                               + "query v\nx  y\n1  NULL\n\n# more\nquery ordered SELECT 2\nz\n2\n")
        step, = test.steps
        self.assertEqual([file.content for file in step.files], [b"a\n\nb\n", b""])
        self.assertEqual(step.sql, "CREATE VIEW v AS SELECT 1;\n")
        self.assertEqual([(check.subject, check.ordered, check.body) for check in step.checks],
                         [("SELECT * FROM v", False, [("x", "y"), ("1", None)]),
                          ("SELECT 2", True, [("z",), ("2",)])])

    def test_files_behind_checks_are_a_second_update(self):
        test = test_file.parse("x.test", RUN + "query v\nx\n1\n\nfile a.json\n{}\n\nrun ok\n\nquery v\nx\n2\n")
        self.assertEqual([len(step.files) for step in test.steps], [0, 1])
        self.assertFalse(test.only_straight)

    def test_escaped_content_has_the_bytes_that_are_written(self):
        test = test_file.parse("x.test", "file a.txt escaped\nä\\xff\\r\\n\\\\n\n\n" + RUN + "query v\nx\n")
        self.assertEqual(test.steps[0].files[0].content, "ä".encode() + b"\xff\r\n\\n")

    def test_every_value_can_be_spelled(self):
        for value in (None, "", "NULL", "a b", "a  b", "a\tb", '"quoted"', 'say "x"', " lead", "line\nend"):
            with self.subTest(value):
                self.assertEqual(test_file.cells("1  " + test_file.shown(value) + "  2", "x"),
                                 ("1", value, "2"))

    def test_what_is_wrong_is_told_with_its_line(self):
        self.refused("quarry v\n", "x.test:1: error: no block begins with 'quarry'")
        self.refused("run well\nSELECT 1;\n", "x.test:1: error: write: run ok")
        self.refused("run error\nSELECT 1;\n", "x.test:1: error: `run error` has a text")
        self.refused(RUN, "must be followed by something that is checked")
        self.refused("file a\n1\n", "there is no `run ok`")
        self.refused("query v\nx\n", "x.test:1: error: `query` stands behind a run")
        self.refused(RUN + "query v\na  b\n1\n", "x.test:6: error: 1 cells under 2 columns")
        self.refused(RUN + "expectation t.r\npassed one\n", "x.test:5: error: expected words with counts")
        self.refused("file ../x\n1\n", "relative path")
        self.refused("run ok\n\nquery v\nx\n", "there is no SQL")


class Run(ScratchTest):
    def run_test(self, rows, *options):
        program = self.write("oresmith", PROGRAM)
        program.chmod(0o755)
        self.file = self.write("topic/case.test", "file in/1.json\n{}\n{}\n\n" + RUN + f"query v\nx\n{rows}\n")
        return subprocess.run([sys.executable, SQL_TESTS / "run.py", self.file, *options], text=True,
                              env={**os.environ, "ORESMITH_BIN": str(program),
                                   "GTEST_OUTPUT": f"xml:{self.root}/out.xml"},
                              capture_output=True, check=False)

    def test_all_three_ways_are_run_and_counted(self):
        done = self.run_test("1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([line.split()[:3] for line in done.stdout.splitlines()],
                         [["ok", "topic.case", way] for way in ("straight", "small", "killed")])
        self.assertEqual((self.root / "out.xml").read_text().count("<testcase "), 3)

    def test_another_row_or_one_too_many_fails_each_way(self):
        for rows in ("2", "1\n1"):
            done = self.run_test(rows)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout.count("FAILED topic.case"), 3, done.stdout)
            self.assertIn("case.test:8: query SELECT * FROM v: expected", done.stdout)
            self.assertEqual((self.root / "out.xml").read_text().count("<failure "), 3)

    def test_update_writes_the_rows_that_came(self):
        self.assertEqual(self.run_test("2", "--update").returncode, 0)
        self.assertTrue(self.file.read_text().endswith("query v\nx\n1\n"))
