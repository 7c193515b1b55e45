"""Ctrl-C once: the epoch under way is finished. Twice: at once. Consistent tables either way."""

import signal
import time

from scenario import Scenario

PIPELINE = """\
CREATE OR REFRESH STREAMING TABLE lines AS
SELECT value, _metadata.file_name AS source_file, _metadata.file_line AS line
FROM STREAM read_files('in', format => 'text', maxFilesPerTrigger => 2);

CREATE OR REFRESH STREAMING TABLE items AS
SELECT o.order_id, item.order_item_id, item.order_item_quantity AS quantity
FROM (SELECT o, explode(o.line_items) AS item
      FROM (SELECT from_json(value, 'order_id BIGINT, line_items ARRAY<STRUCT<order_item_id: BIGINT,
                     order_item_quantity: INT>>') AS o FROM STREAM lines));

CREATE OR REFRESH MATERIALIZED VIEW totals AS
SELECT count(*) AS items, sum(quantity) AS quantity FROM items;
"""


class Stop(Scenario):
    def setUp(self):
        super().setUp()
        self.write("pipeline.sql", PIPELINE)
        self.ok("produce", "retail", "--to", "in", "--count", "40000", "--per-file", "1000")

    def wait_until_working(self, run):
        """Until the first commit of the first table."""
        log = self.root / "lakehouse/main/default/lines/_delta_log"
        for _ in range(3000):
            if any(log.glob("*.json")):
                return
            if run.poll() is not None:
                break
            time.sleep(0.01)
        self.fail(f"the run did not begin: {run.communicate()}")

    def check_complete_after_another_run(self):
        self.ok("run")
        self.assertEqual(self.value("SELECT count(*) FROM lines"), 40000)
        self.assertEqual(
            self.value("SELECT count(DISTINCT source_file || ':' || line) FROM lines"), 40000)
        self.assertEqual(self.value("SELECT quantity FROM totals"),
                         self.value("SELECT sum(quantity) FROM items"))

    def test_the_first_ctrl_c_ends_the_run_after_the_epoch(self):
        run = self.start("run", ".", "--continuous")
        self.wait_until_working(run)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, out + err)
        self.assertIn("stopping after the epoch under way", err)
        self.assertIn("stopped as asked", out)
        self.check_complete_after_another_run()

    def test_sigterm_is_the_same(self):
        run = self.start("run")
        self.wait_until_working(run)
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, out + err)
        self.check_complete_after_another_run()

    def test_the_second_ctrl_c_ends_it_at_once(self):
        run = self.start("run", ".", "--continuous")
        self.wait_until_working(run)
        # Two different signals: two equal ones would be one if they came too fast.
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, out + err)
        self.check_complete_after_another_run()

    def test_an_idle_loop_ends_without_waiting_for_its_interval(self):
        self.ok("run")
        run = self.start("run", ".", "--verbose", "--interval", "10m")
        for line in run.stderr:
            if "event=run_started" in line:
                break
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)  # far less than the interval
        self.assertEqual(run.returncode, 0, out + err)
