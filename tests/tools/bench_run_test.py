"""bench/run.py: what it counts, what it compares, and what it promises."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
spec = importlib.util.spec_from_file_location("bench_run", ROOT / "bench" / "run.py")
bench_run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_run)


def results():
    gold = {"rows": 2, "revenue": 1_000_000.5, "orders": 3, "items": 4, "lines": 5}
    return {"bronze_rows": 7, "silver_rows": 6, "gold_city_hour": dict(gold),
            "gold_product": dict(gold)}


def rounds(*cpu_seconds):
    return [{"cpu_s": cpu, "wall_s": cpu, "peak_rss_mb": 900, "bytes": 1} for cpu in cpu_seconds]


class Measure(unittest.TestCase):
    def measure(self, command):
        with tempfile.TemporaryDirectory() as folder:
            return bench_run.measure(command, pathlib.Path(folder) / "log")

    def test_an_exit_status_is_told(self):
        self.assertEqual(self.measure(["sh", "-c", "exit 3"])["status"], 3)

    # Spark's Python ends before its Java: the CPU of both counts.
    def test_processes_that_are_left_behind_are_waited_for_and_counted(self):
        bench_run.adopt_orphans()
        burn = "import time\nwhile time.process_time() < 0.3: pass"
        figures = self.measure(["sh", "-c", f"{sys.executable} -c '{burn}' & exit 0"])
        self.assertEqual(figures["status"], 0)
        self.assertGreaterEqual(figures["cpu_s"], 0.29)


class Differences(unittest.TestCase):
    def test_equal_results_differ_in_nothing(self):
        self.assertEqual(bench_run.differences("x", results(), results()), [])

    def test_doubles_may_have_been_added_in_another_order(self):
        other = results()
        other["gold_product"]["revenue"] += 0.001
        self.assertEqual(bench_run.differences("x", other, results()), [])

    def test_a_lost_item_is_found(self):
        for key in ("rows", "orders", "items", "lines", "revenue"):
            other = results()
            other["gold_product"][key] -= 1
            found = bench_run.differences("x", other, results())
            self.assertEqual(len(found), 1, key)
            self.assertIn(f"x: {key} of gold_product", found[0])

    def test_a_lost_row_is_found(self):
        other = results()
        other["silver_rows"] = 5
        self.assertEqual(bench_run.differences("x", other, results()),
                         ["x: silver_rows is 5, not 6"])


class Bars(unittest.TestCase):
    def test_ratios_are_of_medians(self):
        figures = {"oresmith": rounds(10, 11, 99), "bound": rounds(5.5, 5, 9),
                   "spark": rounds(66.1, 60, 80)}
        judged = bench_run.bars(figures, 1000, 0.1)
        self.assertEqual([value for _, value, _ in judged], ["6.01", "0.50", "900", "0.100"])
        self.assertTrue(all(met for _, _, met in judged))

    def test_a_missed_bar_is_told(self):
        figures = {"oresmith": rounds(10), "bound": rounds(3)}
        met = [met for _, _, met in bench_run.bars(figures, 1000, 0.4)]
        self.assertEqual(met, [False, True, False])


if __name__ == "__main__":
    unittest.main()
