"""Input, folders and disks that are not as they should be: no crash, no loss, and an error that helps."""

import json
import os
import signal
import subprocess
import time

from scenario import Scenario


class Folders(Scenario):
    def test_no_such_folder(self):
        for command in ("run", "dry-run", "tables"):
            with self.subTest(command):
                done = self.refused(2, command, "nowhere")
                self.assertIn("nowhere: no such folder", done.err)
                self.assertIn("oresmith init", done.err)
        self.refused(2, "query", "nowhere", "SELECT 1")

    def test_a_folder_without_sql(self):
        (self.root / "empty").mkdir()
        done = self.refused(2, "run", "empty")
        self.assertIn("no .sql file", done.err)
        self.assertEqual(list((self.root / "empty").iterdir()), [])

    def test_a_file_in_the_place_of_the_folder(self):
        self.write("pipeline", "x")
        self.refused(2, "run", "pipeline")

    def test_an_input_folder_that_is_not_there_yet(self):
        self.write("pipeline.sql", "CREATE STREAMING TABLE t AS SELECT value FROM "
                   "STREAM read_files('in', format => 'text');\n")
        done = self.call("run")
        self.assertIn(done.code, (0, 1, 2), done)
        if done.code != 0:
            self.assertRegex(done.err, r"pipeline\.sql:1:\d+: error: .*in")


class Sql(Scenario):
    def test_an_error_in_the_third_file_names_it_and_nothing_is_written(self):
        table = "CREATE OR REFRESH STREAMING TABLE {} AS\nSELECT value FROM STREAM " \
                "read_files('in', format => 'text');\n"
        self.write("a.sql", table.format("a"))
        self.write("b.sql", table.format("b"))
        self.write("c.sql", "-- the third\nCREATE OR REFRESH STREAMING TABLE c AS\n"
                   "SELECT value FORM STREAM read_files('in', format => 'text');\n")
        self.write("in/x.txt", "x\n")
        done = self.refused(2, "run")
        self.assertRegex(done.err, r"c\.sql:3:\d+: error: ")
        self.assertIn("    3 | SELECT value FORM STREAM", done.err)
        self.assertFalse((self.root / "lakehouse").exists(), done)

    def test_errors_of_all_files_are_told_at_once(self):
        self.write("a.sql", "CREATE STREAMING TABEL a AS SELECT 1;\n")
        self.write("b.sql", "CREATE STREAMING TABEL b AS SELECT 1;\n")
        done = self.refused(2, "dry-run")
        self.assertRegex(done.err, r"a\.sql:1:\d+: error: ")
        self.assertRegex(done.err, r"b\.sql:1:\d+: error: ")

    def test_an_undefined_parameter(self):
        self.write("a.sql", "CREATE STREAMING TABLE a AS\nSELECT value FROM "
                   "STREAM read_files('${landing}', format => 'text');\n")
        done = self.refused(2, "run")
        self.assertRegex(done.err, r"a\.sql:2:\d+: error: .*landing")
        self.assertIn("fix:", done.err)

    def test_two_datasets_of_one_name(self):
        one = "CREATE STREAMING TABLE orders AS SELECT value FROM STREAM " \
              "read_files('in', format => 'text');\n"
        self.write("a.sql", one)
        self.write("b.sql", "\n" + one)
        (self.root / "in").mkdir()
        done = self.refused(2, "run")
        self.assertRegex(done.err, r"[ab]\.sql:\d+:\d+: error: .*orders")
        self.assertIn("a.sql", done.err)
        self.assertIn("b.sql", done.err)

    def test_an_unknown_column_and_an_unknown_table(self):
        self.write("a.sql", "CREATE MATERIALIZED VIEW v AS SELECT x FROM nothing_there;\n")
        done = self.refused(2, "dry-run")
        self.assertRegex(done.err, r"a\.sql:1:\d+: error: .*nothing_there")

    def test_a_cycle(self):
        self.write("a.sql", "CREATE MATERIALIZED VIEW a AS SELECT x FROM b;\n"
                   "CREATE MATERIALIZED VIEW b AS SELECT x FROM a;\n")
        done = self.refused(2, "dry-run")
        self.assertRegex(done.err, r"a\.sql:\d+:\d+: error: ")

    def test_what_this_version_lacks_is_refused_by_name(self):
        self.write("a.sql", "CREATE OR REFRESH STREAMING TABLE t;\n"
                   "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (id) SEQUENCE BY n;\n")
        done = self.refused(2, "dry-run")
        self.assertRegex(done.err, r"a\.sql:\d+:\d+: error: ")


class Records(Scenario):
    """Whatever stands in a file, no line of it is lost. A line that cannot be read is a row of NULLs,
    as in Spark's PERMISSIVE mode, and in the quarantine."""

    def setUp(self):
        super().setUp()
        self.simple_pipeline()
        self.write("in/good.json", '{"id": 1, "amount": 1.5}\n{"id": 2, "amount": 2.5}\n')

    def quarantine(self):
        return self.rows("SELECT kind, reason, file, line, raw FROM events__quarantine "
                         "ORDER BY file, line")

    def check_good_rows(self, done):
        self.assertEqual(self.value("SELECT count(*) FROM events WHERE id IN (1, 2)"), 2, done)

    def test_a_file_that_is_not_json(self):
        self.write("in/notes.json", "Dear colleague,\nplease find the orders attached.\n")
        done = self.ok("run")
        self.check_good_rows(done)
        self.assertIn("warning:", done.err)
        rows = self.quarantine()
        self.assertEqual([(row["line"], row["raw"]) for row in rows],
                         [(1, "Dear colleague,"), (2, "please find the orders attached.")])
        self.assertTrue(all(row["file"].endswith("notes.json") for row in rows))
        self.assertTrue(all(row["reason"] for row in rows))

    def test_a_json_array_over_several_lines(self):
        self.write("in/array.json", '[\n  {"id": 3, "amount": 3},\n  {"id": 4, "amount": 4}\n]\n')
        done = self.ok("run")
        self.check_good_rows(done)
        self.assertIn("warning:", done.err)
        self.assertEqual([(row["line"], row["raw"]) for row in self.quarantine()],
                         [(1, "["), (4, "]")])
        self.assertEqual(self.rows("SELECT id FROM events WHERE id > 2 ORDER BY id"),
                         [{"id": 3}, {"id": 4}])
        self.assertEqual(self.value("SELECT count(*) FROM events"), 6)

    def test_a_truncated_file(self):
        self.write("in/cut.json", '{"id": 3, "amount": 3}\n{"id": 4, "amo')
        done = self.ok("run")
        self.check_good_rows(done)
        self.assertEqual(self.value("SELECT count(*) FROM events WHERE id = 3"), 1)
        self.assertEqual([(row["line"], row["raw"]) for row in self.quarantine()],
                         [(2, '{"id": 4, "amo')])

    def test_invalid_utf8(self):
        self.write("in/latin1.json", '{"id": 3, "amount": 3}\n{"id": 4, "name": "Malmö"}\n'
                   '{"id": 5, "amount": 5}\n'.encode("latin-1"))
        done = self.ok("run")
        self.check_good_rows(done)
        self.assertEqual(self.value("SELECT count(*) FROM lines"), 5)
        self.assertEqual(self.value("SELECT count(*) FROM events WHERE id IN (3, 5)"), 2)
        self.assertEqual([row["line"] for row in self.quarantine()], [2])

    def test_a_single_line_of_100_megabytes(self):
        size = 100 << 20
        with open(self.root / "in/long.json", "w", encoding="ascii") as file:
            file.write('{"id": 3, "amount": 3, "filler": "')
            for _ in range(100):
                file.write("x" * (1 << 20))
            file.write('"}\n{"id": 4, "amount": 4}\n')
        done = self.call("run")
        self.assertEqual(done.code, 0, done)
        self.check_good_rows(done)
        self.assertEqual(self.value("SELECT count(*) FROM events WHERE id = 4"), 1)
        long_lines = self.value(f"SELECT count(*) FROM lines WHERE length(value) > {size}")
        if long_lines == 0:
            raws = self.rows("SELECT reason FROM lines__quarantine")
            self.assertEqual(len(raws), 1)
        if self.value("SELECT count(*) FROM events WHERE id = 3") == 0:
            self.assertEqual(len(self.quarantine()), 1)

    def test_an_empty_file_and_blank_lines(self):
        self.write("in/empty.json", "")
        self.write("in/blank.json", "\n\n")
        done = self.ok("run")
        self.assertEqual(self.value("SELECT count(*) FROM events"), 2, done)

    def test_files_that_are_still_being_written_are_left_alone(self):
        for name in (".hidden.json", "_partial.json", "x.json.tmp"):
            self.write(f"in/{name}", '{"id": 9, "amount": 9}\n')
        self.ok("run")
        self.assertEqual(self.value("SELECT count(*) FROM lines"), 2)
        (self.root / "in/.hidden.json").rename(self.root / "in/whole.json")
        self.ok("run")
        self.assertEqual(self.value("SELECT count(*) FROM lines"), 3)


FOREIGN_COMMIT = [
    {"commitInfo": {"timestamp": 1, "operation": "CREATE TABLE", "engineInfo": "somebody else"}},
    {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
    {"metaData": {"id": "11111111-2222-3333-4444-555555555555", "format": {"provider": "parquet", "options": {}},
                  "schemaString": '{"type":"struct","fields":[{"name":"other","type":"string","nullable":true,'
                                  '"metadata":{}}]}', "partitionColumns": [], "configuration": {}, "createdTime": 1}}]


class Storage(Scenario):
    def setUp(self):
        super().setUp()
        self.simple_pipeline()
        self.write("in/good.json", '{"id": 1, "amount": 1.5}\n')
        self.table = self.root / "lakehouse/main/default/events"

    def tree(self):
        return {str(p.relative_to(self.table)): p.read_bytes()
                for p in sorted(self.table.rglob("*")) if p.is_file()}

    def test_a_table_of_somebody_else_at_the_target_path(self):
        log = "".join(json.dumps(action) + "\n" for action in FOREIGN_COMMIT)
        self.write(f"{self.table}/_delta_log/00000000000000000000.json", log)
        before = self.tree()
        done = self.call("run")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn(str(self.table), done.err)
        self.assertEqual(self.tree(), before, "a foreign table was changed")

    def test_other_files_at_the_target_path(self):
        self.write(f"{self.table}/thesis.txt", "years of work")
        before = self.tree()
        done = self.call("run")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn(str(self.table), done.err)
        self.assertEqual(self.tree(), before)

    def test_a_full_refresh_spares_foreign_tables_too(self):
        log = "".join(json.dumps(action) + "\n" for action in FOREIGN_COMMIT)
        self.write(f"{self.table}/_delta_log/00000000000000000000.json", log)
        before = self.tree()
        self.assertNotEqual(self.call("run", "--full-refresh-all").code, 0)
        self.assertEqual(self.tree(), before)

    def test_a_storage_that_cannot_be_made(self):
        self.write("file", "x")
        self.write("spark-pipeline.yml", "name: x\nstorage: file/lakehouse\nlibraries:\n- glob:\n"
                   "    include: pipeline.sql\n")
        done = self.call("run")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn("error:", done.err)
        self.assertIn("file/lakehouse", done.err)

    def test_two_runs_at_once_are_refused(self):
        run = self.start("run", ".", "--continuous")
        for _ in range(300):
            if self.call("query", "SELECT count(*) FROM events").code == 0:
                break
        done = self.call("run")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn("error:", done.err)
        run.terminate()
        self.assertEqual(run.wait(60), 0)
        self.ok("run")


class Mounted(Scenario):
    """A small disk of our own, where the machine lets us mount one."""

    def mount(self, options):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        self.disk = self.root / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.disk)],
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"this machine does not let us mount: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)

    def pipeline(self):
        self.simple_pipeline()
        self.write("spark-pipeline.yml", "name: x\nstorage: disk/lakehouse\nlibraries:\n- glob:\n"
                   "    include: pipeline.sql\n")

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.disk)], check=True)

    def test_a_full_disk_is_told_and_nothing_is_lost_or_doubled(self):
        self.mount("size=2m")
        self.pipeline()
        # Numbers that do not compress well: several megabytes of table.
        for file in range(8):
            self.write(f"in/{file}.json", "".join(
                json.dumps({"id": i, "amount": (i * 2654435761 % 2**32) / 7}) + "\n"
                for i in range(file * 20_000, (file + 1) * 20_000)))
        done = self.call("run")
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.err, r"(?i)no space left|disk is full")
        self.remount("size=256m")
        self.ok("run")
        for table in ("lines", "events"):
            self.assertEqual(self.value(f"SELECT count(*) FROM {table}"), 160_000)
        self.assertEqual(self.value("SELECT count(DISTINCT id) FROM events"), 160_000)
        self.assertEqual(self.value("SELECT events FROM totals"), 160_000)

    def test_a_running_pipeline_goes_on_when_the_disk_has_room_again(self):
        self.mount("size=2m")
        self.pipeline()
        running = self.start("run", "--continuous", "--log-file", "log")
        for file in range(8):
            self.write(f"in/{file}.json", "".join(
                json.dumps({"id": i, "amount": (i * 2654435761 % 2**32) / 7}) + "\n"
                for i in range(file * 20_000, (file + 1) * 20_000)))
        self.wait_for(lambda: "event=retry" in (self.root / "log").read_text())
        self.remount("size=256m")
        self.wait_for(lambda: self.rows("SELECT events FROM totals") == [{"events": 160_000}])
        self.assertEqual(self.value("SELECT count(DISTINCT id) FROM events"), 160_000)
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(timeout=60), 0)

    def wait_for(self, happened):
        deadline = time.monotonic() + 120
        while not happened():
            self.assertLess(time.monotonic(), deadline, "it did not happen")
            time.sleep(0.1)

    def test_a_storage_that_cannot_be_written(self):
        self.mount("size=1m")
        self.remount("ro")
        self.pipeline()
        self.write("in/a.json", '{"id": 1, "amount": 1}\n')
        done = self.call("run")
        self.assertIn(done.code, (1, 2), done)
        self.assertRegex(done.err, r"(?i)error: .*(read-only|permission)")
        self.assertIn("disk/lakehouse", done.err)
