"""tools/run_tests.py: what it counts, above all what it must not count as passed."""

import scratch
import run_tests

GTEST = """<testsuites><testsuite name="S">
<testcase name="A" classname="S" status="run" result="completed"/>
<testcase name="B" classname="S" status="run" result="completed"><failure message="no"/></testcase>
<testcase name="C" classname="S" status="run" result="skipped"><skipped message="f.cc:1&#10;no disk"/></testcase>
<testcase name="D" classname="S" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class RunTests(scratch.ScratchTest):
    def ctest(self, *cases):
        tally = run_tests.Tally()
        body = "".join(f'<testcase name="{n}" status="{s}"><system-out>{o}</system-out></testcase>'
                       for n, s, o in cases)
        junit = self.write("ctest.xml", f"<testsuite>{body}</testsuite>")
        run_tests.count_ctest(tally, junit, self.root)
        return tally

    def test_a_gtest_program_counts_by_its_cases(self):
        self.write("one.xml", GTEST)
        tally = self.ctest(("one", "fail", ""))
        self.assertEqual((tally.passed, tally.failed, tally.skipped),
                         (1, ["one: S.B"], ["one: S.C: no disk", "one: S.D: disabled"]))

    def test_a_program_that_crashed_is_a_failure_whatever_its_report_says(self):
        self.write("one.xml", GTEST.replace('<failure message="no"/>', ""))
        self.assertEqual(self.ctest(("one", "fail", "")).failed, ["one"])

    def test_a_plain_program_counts_as_one_and_a_skip_keeps_its_reason(self):
        tally = self.ctest(("a", "run", ""), ("b", "fail", ""), ("c", "notrun", "x\nno Java\n"))
        self.assertEqual((tally.passed, tally.failed, tally.skipped), (1, ["b"], ["c: no Java"]))

    def test_unittest_reports_are_counted(self):
        tally = run_tests.Tally()
        run_tests.count_unittest(tally, "t", "test_a (x) ... ok\n"
                                 "test_b (x) ... skipped 'no Java'\nFAIL: test_c (x)\n"
                                 "Ran 3 tests in 1s\n\nFAILED (failures=1, skipped=1)\n")
        self.assertEqual((tally.passed, tally.failed, tally.skipped),
                         (1, ["t: test_c (x)"], ["t: test_b: no Java"]))

    def test_tests_that_did_not_even_start_are_a_failure(self):
        tally = run_tests.Tally()
        run_tests.count_unittest(tally, "t", "ImportError\n")
        self.assertEqual(tally.failed, ["t"])
