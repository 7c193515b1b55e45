"""kill -9 at random moments: every record is in every table once, as if nothing had happened.

A folder grows while `run --continuous` works on it and is killed again and again. At the end the
tables must equal those of a run that was never disturbed, over the same files, by number and content.
"""

import pathlib
import random
import shutil
import signal
import subprocess
import threading

from scenario import PROGRAM, Scenario

FILES = 60
ORDERS_PER_FILE = 200
PIPELINE = """\
CREATE OR REFRESH STREAMING TABLE bronze.orders_raw AS
SELECT value, _metadata.file_name AS source_file, _metadata.file_line AS line
FROM STREAM read_files('${input}', format => 'text', maxFilesPerTrigger => 3);

CREATE OR REFRESH STREAMING TABLE silver.order_items (
  CONSTRAINT order_has_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT quantity_is_positive EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
AS SELECT o.order_id, o.city, item.order_item_id, item.order_item_product_id AS product_id,
  item.order_item_quantity AS quantity, item.order_item_subtotal AS subtotal, source_file, line
FROM (SELECT o, explode(o.line_items) AS item, source_file, line
      FROM (SELECT from_json(value, 'order_id BIGINT, city STRING, line_items ARRAY<STRUCT<
              order_item_id: BIGINT, order_item_product_id: INT, order_item_quantity: INT,
              order_item_subtotal: DECIMAL(10,2)>>') AS o, source_file, line
            FROM STREAM bronze.orders_raw));

CREATE OR REFRESH STREAMING TABLE gold.chicago_items AS
SELECT order_id, order_item_id, subtotal FROM STREAM silver.order_items WHERE city = 'Chicago';

CREATE OR REFRESH STREAMING TABLE silver.orders AS
SELECT order_id FROM STREAM silver.order_items
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY order_item_id) = 1;

CREATE OR REFRESH STREAMING TABLE gold.cities AS SELECT DISTINCT city FROM STREAM silver.order_items;

CREATE OR REFRESH STREAMING TABLE gold.large AS
SELECT o.order_id FROM STREAM silver.orders AS o
LEFT SEMI JOIN STREAM silver.order_items AS i ON o.order_id = i.order_id AND i.quantity > 2;

CREATE OR REFRESH MATERIALIZED VIEW gold.products AS
SELECT product_id, count(*) AS items, sum(quantity) AS quantity, sum(subtotal) AS revenue
FROM silver.order_items GROUP BY product_id;
"""
TABLES = {
    "bronze": "SELECT * FROM bronze.orders_raw",
    "silver": "SELECT * FROM silver.order_items",
    "chicago": "SELECT * FROM gold.chicago_items",
    "orders": "SELECT * FROM silver.orders",
    "cities": "SELECT * FROM gold.cities",
    "large": "SELECT * FROM gold.large",
    "products": "SELECT * FROM gold.products",
    "quarantine": "SELECT dataset, kind, rules, reason, file, line, raw, row "
                  "FROM silver.order_items__quarantine",
}


class Killed(Scenario):
    def setUp(self):
        super().setUp()
        for pipeline in ("killed", "clean"):
            self.write(f"{pipeline}/spark-pipeline.yml", "name: orders\nlibraries:\n- glob:\n"
                       f"    include: sql/**\nconfiguration:\n  input: {self.root}/landing\n")
            self.write(f"{pipeline}/sql/pipeline.sql", PIPELINE)
        (self.root / "landing").mkdir()
        self.ok("produce", "retail", "--to", "made", "--seed", "3", "--count",
                FILES * ORDERS_PER_FILE, "--per-file", ORDERS_PER_FILE)

    def land_files(self, stop, pause_seconds):
        """Moves a file into the folder now and then, whole at once, until all are there."""
        for path in sorted((self.root / "made").iterdir()):
            shutil.copy(path, self.root / "landing" / f".{path.name}")
            pathlib.Path(self.root / "landing" / f".{path.name}").rename(
                self.root / "landing" / path.name)
            if not stop.is_set():
                stop.wait(pause_seconds)

    def kill_again_and_again(self, kills, seed):
        moments = random.Random(seed)
        stop = threading.Event()
        lander = threading.Thread(target=self.land_files, args=(stop, 0.45 * kills / FILES))
        lander.start()
        survived = 0
        for _ in range(kills):
            run = subprocess.Popen([PROGRAM, "run", "killed", "--continuous"], cwd=self.root,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                out, _ = run.communicate(timeout=moments.uniform(0.02, 0.9))
                self.fail(f"a run ended by itself: exit code {run.returncode}\n{out}")
            except subprocess.TimeoutExpired:
                survived += 1
            finally:
                run.send_signal(signal.SIGKILL)
                run.communicate()
        stop.set()
        lander.join()
        self.assertEqual(survived, kills)

    def check(self, kills, seed):
        print(f"kills={kills} seed={seed}", flush=True)
        self.kill_again_and_again(kills, seed)
        self.ok("run", "killed")
        self.ok("run", "clean")
        lines = sum(path.read_bytes().count(b"\n") for path in (self.root / "made").iterdir())
        self.assertEqual(lines, FILES * ORDERS_PER_FILE)
        self.assertEqual(
            self.rows("SELECT count(*) AS lines, count(DISTINCT source_file || ':' || line) AS places "
                      "FROM bronze.orders_raw", "killed"), [{"lines": lines, "places": lines}])
        for name, sql in TABLES.items():
            with self.subTest(name):
                self.assertEqual(self.fingerprint(sql, "killed"), self.fingerprint(sql, "clean"))


class KilledAFewTimes(Killed):
    def test_five_kills(self):
        self.check(kills=5, seed=20261121)


class KilledFiftyTimes(Killed):
    def test_fifty_kills(self):
        self.check(kills=50, seed=50)
