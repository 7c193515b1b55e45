"""The commands, as the README shows them."""

import csv
import io
import json
import re

from scenario import Scenario

COMMANDS = ("init", "run", "dry-run", "query", "tables", "produce")


class Help(Scenario):
    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            with self.subTest(command):
                help_text = self.ok(command, "--help").out
                self.assertIn(f"Usage: oresmith {command}", help_text)
                self.assertRegex(help_text, rf"(?m)^Example:\n  oresmith {command} ")

    def test_the_program_lists_its_commands(self):
        help_text = self.ok("--help").out
        for command in COMMANDS:
            self.assertRegex(help_text, rf"(?m)^  {command} ")
        self.assertIn("Example:", help_text)

    def test_version(self):
        self.assertRegex(self.ok("--version").out, r"^oresmith \d+\.\d+\.\d+\n$")

    def test_no_command_is_wrong_usage(self):
        done = self.call()
        self.assertEqual(done.code, 2)
        self.assertIn("Example:", done.err)


class WrongUsage(Scenario):
    def check(self, pattern, *arguments):
        done = self.refused(2, *arguments)
        self.assertRegex(done.err, pattern)
        self.assertIn("fix:", done.err)
        self.assertEqual(done.out, "")

    def test_an_unknown_command(self):
        self.check("frobnicate", "frobnicate")

    def test_an_unknown_option(self):
        self.check("--fast", "run", "--fast")

    def test_two_ways_to_loop(self):
        self.check("--interval.*--continuous|--continuous.*--interval", "run", "--continuous",
                   "--interval", "5s")

    def test_an_interval_that_is_none(self):
        self.check("--interval: '5 bananas'", "run", "--interval", "5 bananas")

    def test_a_setting_without_a_value(self):
        self.check("--set 'input'", "run", "--set", "input")

    def test_a_setting_given_twice(self):
        self.check("set twice", "run", "--set", "a=1", "--set", "a=2")

    def test_an_unknown_format(self):
        self.check("no format 'xml'", "query", "SELECT 1", "--format", "xml")

    def test_a_query_without_a_query(self):
        self.check("there is no query", "query", ".")

    def test_an_unknown_kind_of_orders(self):
        self.check("(?s)pizza.*retail", "produce", "pizza", "--to", "out")

    def test_a_log_file_that_cannot_be_written(self):
        self.check("--log-file", "run", "--log-file", "no/such/folder/log")


class Shop(Scenario):
    """oresmith init, and what a new user does next."""

    def setUp(self):
        super().setUp()
        self.made = self.ok("init", "shop")

    def test_init_tells_what_to_do_next(self):
        self.assertIn("oresmith run shop", self.made.out.replace(str(self.root), ""))
        self.assertTrue((self.root / "shop/transformations/silver.sql").is_file())
        self.assertIn("name: shop", (self.root / "shop/spark-pipeline.yml").read_text())

    def test_init_leaves_a_folder_with_files_alone(self):
        before = sorted(self.root.rglob("*"))
        done = self.refused(2, "init", "shop")
        self.assertIn("shop is not empty", done.err)
        self.assertEqual(sorted(self.root.rglob("*")), before)

    def test_init_takes_an_empty_folder(self):
        (self.root / "empty").mkdir()
        self.ok("init", "empty")

    def test_dry_run_checks_and_writes_nothing(self):
        before = sorted(self.root.rglob("*"))
        done = self.ok("dry-run", "shop")
        for table in ("bronze.orders_raw", "silver.order_items", "gold.revenue_per_day"):
            self.assertIn(table, done.out)
        self.assertEqual(sorted(self.root.rglob("*")), before)

    def test_run_makes_the_tables_and_tells_where_they_are(self):
        done = self.ok("run", "shop")
        self.assertNotIn("\033", done.out + done.err)
        self.assertRegex(done.out, r"(?m)^bronze\.orders_raw +streaming table +completed +")
        self.assertIn(f"tables: {self.root}/shop/lakehouse", done.out)
        self.assertRegex(done.out, r'query:  \S+ query shop "SELECT \* FROM gold\.')
        self.assertEqual(self.value("SELECT count(*) FROM bronze.orders_raw", "shop"), 15)
        self.assertEqual(self.value("SELECT count(*) FROM silver.order_items", "shop"), 21)
        self.assertEqual(
            self.rows("SELECT day, city, orders, revenue FROM gold.revenue_per_day "
                      "WHERE city = 'Gdańsk' ORDER BY day", "shop"),
            [{"day": "2026-11-20", "city": "Gdańsk", "orders": 2, "revenue": 63.00},
             {"day": "2026-11-21", "city": "Gdańsk", "orders": 1, "revenue": 62.90}])

    def test_what_is_wrong_goes_to_the_quarantine_with_its_place(self):
        done = self.ok("run", "shop")
        self.assertIn("warning:", done.err)
        rows = self.rows("SELECT kind, rules, file, line, raw FROM silver.order_items__quarantine "
                         "ORDER BY kind", "shop")
        self.assertEqual([row["kind"] for row in rows], ["bad_record", "expectation"])
        self.assertIn("upstream timeout", rows[0]["raw"])
        self.assertEqual(rows[1]["rules"], ["quantity_is_positive"])

    def test_a_second_run_finds_nothing_new(self):
        self.ok("run", "shop")
        tables = self.ok("tables", "shop").out
        self.ok("run", "shop")
        self.assertEqual(self.ok("tables", "shop").out, tables)

    def test_only_new_files_are_read(self):
        self.ok("run", "shop")
        self.write("shop/input/late.json", '{"order_id": 99, "order_ts": "2026-11-22T01:00:00Z", '
                   '"city": "Graz", "items": [{"product": "Mug", "quantity": 1, "price": 7.95}]}\n')
        self.ok("run", "shop")
        self.assertEqual(self.value("SELECT count(*) FROM bronze.orders_raw", "shop"), 16)
        self.assertEqual(self.value("SELECT max(order_id) FROM silver.order_items", "shop"), 99)
        self.assertEqual(self.value("SELECT revenue FROM gold.revenue_per_day "
                                    "WHERE day = DATE'2026-11-22'", "shop"), 7.95)

    def test_a_full_refresh_makes_the_same_tables_again(self):
        self.ok("run", "shop")
        before = self.fingerprint("SELECT * FROM silver.order_items", "shop")
        self.ok("run", "shop", "--full-refresh-all")
        self.assertEqual(self.fingerprint("SELECT * FROM silver.order_items", "shop"), before)

    def test_tables_lists_kinds_rows_and_versions(self):
        self.assertIn("not made yet", self.ok("tables", "shop").out)
        self.ok("run", "shop")
        out = self.ok("tables", "shop").out
        self.assertRegex(out, r"(?m)^silver\.order_items +streaming table +\d+ +21 +")
        self.assertRegex(out, r"(?m)^gold\.revenue_per_day +materialized view +")
        self.assertRegex(out, r"(?m)^silver\.order_items__quarantine +quarantine +\d+ +2 +")
        self.assertNotIn("not made yet", out)

    def test_a_loop_by_interval_takes_up_new_files(self):
        run = self.start("run", "shop", "--interval", "200ms")
        self.addCleanup(run.wait)
        self.wait_for_rows(15)
        self.write("shop/input/more.json", '{"order_id": 50, "items": []}\n')
        self.wait_for_rows(16)
        run.terminate()
        self.assertEqual(run.wait(60), 0)

    def wait_for_rows(self, count):
        for _ in range(300):
            done = self.call("query", "shop", "SELECT count(*) FROM bronze.orders_raw", "--format",
                             "csv")
            if done.code == 0 and done.out.split() [-1] == str(count):
                return
        self.fail(f"bronze.orders_raw never had {count} rows: {done}")


class Query(Scenario):
    def setUp(self):
        super().setUp()
        self.simple_pipeline()
        self.write("in/a.json", '{"id": 1, "amount": 1.5}\n{"id": 2, "amount": null}\n'
                   '{"id": 3, "amount": 1e10}\n')
        self.ok("run")

    def test_a_table_by_default_with_values_as_spark_shows_them(self):
        self.assertEqual(self.ok("query", "SELECT id, amount FROM events ORDER BY id").out,
                         "id  amount\n"
                         "──  ──────\n"
                         " 1     1.5\n"
                         " 2    NULL\n"
                         " 3  1.0E10\n"
                         "(3 rows)\n")

    def test_csv_json_and_markdown(self):
        sql = "SELECT id, amount FROM events ORDER BY id"
        text = self.ok("query", ".", sql, "--format", "csv").out
        self.assertEqual(list(csv.reader(io.StringIO(text, newline=""))),
                         [["id", "amount"], ["1", "1.5"], ["2", ""], ["3", "1.0E10"]])
        lines = self.ok("query", ".", sql, "--format", "json").out.splitlines()
        self.assertEqual([json.loads(line) for line in lines],
                         [{"id": 1, "amount": 1.5}, {"id": 2, "amount": None},
                          {"id": 3, "amount": 1e10}])
        self.assertIn("| 1 | 1.5 |", self.ok("query", ".", sql, "--format", "markdown").out)

    def test_times_are_shown_in_utc(self):
        sql = "SELECT TIMESTAMP'2026-11-21 10:00:00' AS t, DATE'2026-11-21' AS d"
        self.assertRegex(self.ok("query", sql).out, r"(?m)^2026-11-21 10:00:00  2026-11-21$")
        self.assertEqual(self.rows(sql), [{"t": "2026-11-21T10:00:00Z", "d": "2026-11-21"}])

    def test_a_wrong_query_is_refused_with_its_place(self):
        done = self.refused(2, "query", "SELECT no_such_column FROM events")
        self.assertRegex(done.err, r"query:1:8: error: ")
        self.assertIn("    1 | SELECT no_such_column FROM events", done.err)
        self.assertIn("      |        ^~~~~~~~~~~~~~", done.err)

    def test_an_unknown_table_is_refused(self):
        self.assertIn("no_such_table",
                      self.refused(2, "query", "SELECT * FROM no_such_table").err)

    def test_what_fails_while_it_runs_has_another_code(self):
        self.refused(1, "query", "SELECT CAST('x' || id AS INT) AS n FROM events")

    def test_nothing_but_a_select_is_taken(self):
        done = self.refused(2, "query", "DROP TABLE events")
        self.assertEqual(self.value("SELECT count(*) FROM events"), 3, done)


class Produce(Scenario):
    def test_the_same_seed_gives_the_same_files(self):
        for folder in ("a", "b"):
            done = self.ok("produce", "retail", "--to", folder, "--count", "250", "--per-file",
                           "100", "--seed", "7")
            self.assertRegex(done.out, r"^250 orders, 3 files, [\d,]+ bytes in")
        first = {p.name: p.read_bytes() for p in (self.root / "a").iterdir()}
        second = {p.name: p.read_bytes() for p in (self.root / "b").iterdir()}
        self.assertEqual(first, second)
        self.assertEqual(sum(text.count(b"\n") for text in first.values()), 250)

    def test_all_kinds(self):
        for kind, field in (("retail", "line_items"), ("restaurant", "table_id"),
                            ("ecommerce", "price")):
            with self.subTest(kind):
                self.ok("produce", kind, "--to", kind, "--count", "50")
                text = "".join(p.read_text() for p in (self.root / kind).iterdir())
                self.assertTrue(re.search(f'"{field}"', text))

    def test_a_rate_is_kept(self):
        self.ok("produce", "retail", "--to", "in", "--count", "50", "--rate", "100")
        files = list((self.root / "in").iterdir())
        self.assertEqual(sum(p.read_bytes().count(b"\n") for p in files), 50)

    def test_a_folder_that_cannot_be_made_is_refused(self):
        self.write("file", "x")
        done = self.call("produce", "retail", "--to", "file/in", "--count", "5")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn("error:", done.err)


class Settings(Scenario):
    def test_set_wins_over_the_file(self):
        self.write("spark-pipeline.yml", "name: x\nlibraries:\n- glob:\n    include: sql/**\n"
                   "configuration:\n  input: nowhere\n")
        self.write("sql/a.sql", "CREATE STREAMING TABLE t AS SELECT value FROM "
                   "STREAM read_files('${input}', format => 'text');\n")
        self.write("here/a.txt", "one\ntwo\n")
        self.ok("run", "--set", "input=here")
        self.assertEqual(self.ok("query", ".", "SELECT count(*) AS n FROM t", "--set", "input=here",
                                 "--format", "csv").out.split(), ["n", "2"])

    def test_verbose_shows_the_log_and_log_file_keeps_it(self):
        self.simple_pipeline()
        self.write("in/a.json", '{"id": 1, "amount": 1}\n')
        self.assertRegex(self.ok("run", "-v").err, r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z info ")
        quiet = self.ok("run", "--log-file", "run.log")
        self.assertNotRegex(quiet.err, r"(?m)Z info ")
        self.assertRegex((self.root / "run.log").read_text(), r"(?m)Z info ")
