"""Which tables an update works on, and what a full refresh may not lose unseen."""

import os
import pty
import subprocess

from scenario import PROGRAM, Scenario

SQL = """\
CREATE OR REFRESH STREAMING TABLE raw AS
SELECT * FROM STREAM read_files('in', format => 'json', schema => 'id INT');
CREATE OR REFRESH STREAMING TABLE clean AS SELECT * FROM STREAM raw WHERE id > 0;
CREATE OR REFRESH MATERIALIZED VIEW total AS SELECT count(*) AS n FROM clean;
CREATE OR REFRESH MATERIALIZED VIEW largest AS SELECT max(id) AS id FROM clean;
"""


class Refresh(Scenario):
    def setUp(self):
        super().setUp()
        self.write("p.sql", SQL)
        for number in (1, 2, 3):
            self.write(f"in/{number}.json", f'{{"id": {number}}}\n')
        self.ok("run")

    def counts(self):
        return [self.value(f"SELECT count(*) FROM {table}") for table in ("raw", "clean")] + [
            self.value("SELECT n FROM total"), self.value("SELECT id FROM largest")]

    def test_only_the_tables_that_are_named_are_updated(self):
        self.write("in/4.json", '{"id": 4}\n')
        self.ok("run", ".", "--refresh", "raw")
        self.assertEqual(self.counts(), [4, 3, 3, 3])
        self.ok("run", ".", "--refresh", "clean,largest")
        self.assertEqual(self.counts(), [4, 4, 3, 4])
        self.ok("run")
        self.assertEqual(self.counts(), [4, 4, 4, 4])

    def test_the_folder_may_come_after_the_tables(self):
        self.write("in/4.json", '{"id": 4}\n')
        self.ok("run", "--refresh", "raw", ".")
        self.assertEqual(self.counts(), [4, 3, 3, 3])

    def test_a_full_refresh_makes_the_tables_anew_and_each_row_is_there_once(self):
        self.ok("query", ".", "DELETE FROM clean WHERE id = 2")
        self.ok("run", ".", "--full-refresh", "clean")
        self.assertEqual(self.counts(), [3, 3, 3, 3])

    def test_a_view_is_computed_anew_when_asked_although_nothing_changed(self):
        self.ok("run", ".", "--full-refresh", "total")
        self.assertEqual(1, self.value("""
            SELECT count(*) FROM event_log() WHERE event_type = 'planning_information'
            AND details:planning_information.reason = 'a full refresh was asked for'"""))

    def test_a_stream_over_an_emptied_table_must_be_emptied_too(self):
        done = self.refused(2, "run", ".", "--full-refresh", "raw")
        self.assertIn("clean reads it as a stream", done.err)
        self.assertIn("--full-refresh clean", done.err)
        self.assertEqual(self.counts(), [3, 3, 3, 3])
        self.ok("run", ".", "--full-refresh", "raw,clean")
        self.assertEqual(self.counts(), [3, 3, 3, 3])

    def test_input_that_is_gone_is_counted(self):
        (self.root / "in" / "2.json").unlink()
        done = self.ok("run", ".", "--full-refresh-all")
        self.assertIn("raw: 1 of the 3 files that it was made from are gone", done.err)
        self.ok("run")
        self.assertEqual(self.counts(), [2, 2, 2, 3])

    def test_at_a_terminal_losing_input_needs_a_yes(self):
        (self.root / "in" / "2.json").unlink()
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)

        def run(*more):
            return subprocess.run([PROGRAM, "run", ".", "--full-refresh-all", *more], cwd=self.root,
                                  stdin=terminal, capture_output=True, text=True, check=False,
                                  env=self.environment())
        refused = run()
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(self.counts(), [3, 3, 3, 3])
        self.assertEqual(run("--yes").returncode, 0)
        os.close(terminal)
        self.assertEqual(self.value("SELECT count(*) FROM raw"), 2)

    def test_a_table_may_forbid_it(self):
        self.write("p.sql", SQL.replace(
            "TABLE raw AS", "TABLE raw TBLPROPERTIES ('pipelines.reset.allowed' = 'false') AS"))
        self.assertIn("pipelines.reset.allowed",
                      self.refused(2, "run", ".", "--full-refresh", "raw,clean").err)
        (self.root / "in" / "2.json").unlink()
        done = self.ok("run", ".", "--full-refresh-all")
        self.assertIn("raw keeps its rows", done.err)
        self.ok("run")
        self.assertEqual(self.counts(), [3, 3, 3, 3])

    def test_a_name_that_is_no_table(self):
        self.assertIn("did you mean clean?", self.refused(2, "run", ".", "--refresh", "claen").err)
