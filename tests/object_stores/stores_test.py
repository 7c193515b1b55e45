"""Our object stores against real servers: the contract of all stores, and a pipeline that is killed.

tools/setup-peers --print-object-stores names the servers; one that is not there is a skip with a reason.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import servers

PROGRAM = os.environ.get("ORESMITH", "oresmith")
CONTRACT = os.environ.get("ORESMITH_STORAGE_TEST", "")
FILES = 40
ROWS_PER_FILE = 50
# Small epochs, so that a kill falls between two commits.
PIPELINE = """\
CREATE OR REFRESH STREAMING TABLE bronze.events AS
SELECT id, amount, _metadata.file_name AS source_file
FROM STREAM read_files('${input}', format => 'json', schema => 'id BIGINT, amount DOUBLE',
                       maxFilesPerTrigger => 2);

CREATE OR REFRESH STREAMING TABLE silver.large (
  CONSTRAINT is_large EXPECT (amount > 10) ON VIOLATION DROP ROW
) AS SELECT id, amount FROM STREAM bronze.events;

CREATE OR REFRESH MATERIALIZED VIEW gold.totals AS
SELECT count(*) AS events, sum(amount) AS amount FROM silver.large;
"""
QUERIES = ["SELECT * FROM bronze.events ORDER BY id", "SELECT * FROM silver.large ORDER BY id",
           "SELECT * FROM gold.totals"]


class ObjectStore(unittest.TestCase):
    maxDiff = 2000

    def start(self, kind):
        variable, start = servers.KINDS[kind]
        if not os.environ.get(variable):
            self.skipTest(os.environ.get(variable + "_MISSING", f"{variable} is not set"))
        folder = tempfile.TemporaryDirectory(prefix="oresmith-stores-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "server").mkdir()
        server, url, settings = start(self.root / "server")
        self.addCleanup(server.stop)
        settings["oresmith.storage.caFile"] = str(server.certificate)
        return server, url, settings

    def contract(self, kind):
        _, url, settings = self.start(kind)
        name = f"real_{kind}"
        words = [name, url, *(f"{name}={value}" for name, value in settings.items())]
        (self.root / "object-store-peers.txt").write_text("\t".join(words) + "\n")
        done = subprocess.run([CONTRACT, f"--gtest_filter=*AnyStore*/{name}", "--gtest_brief=1"],
                              cwd=self.root, check=False, capture_output=True, text=True,
                              errors="replace", env={**os.environ, "GTEST_OUTPUT": ""})
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
        self.assertRegex(done.stdout, r"\[==========\] [1-9]\d* tests .*ran")

    def call(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.root, check=False,
                              capture_output=True, text=True, errors="replace",
                              env={**os.environ, "NO_COLOR": "1", "STORE_SECRET": self.secret})
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        self.assertNotIn(self.secret, done.stdout + done.stderr)
        return done.stdout

    def write_pipeline(self, name, storage, settings):
        folder = self.root / name
        folder.mkdir()
        (folder / "pipeline.sql").write_text(PIPELINE)
        lines = [f"name: {name}", f"storage: {storage}", "configuration:", f"  input: {self.root}/in"]
        lines += [f"  {key}: \"{value}\"" for key, value in settings.items()]
        (folder / "spark-pipeline.yml").write_text("\n".join(lines) + "\n")

    def pipeline(self, kind):
        server, url, settings = self.start(kind)
        # The secret comes as a user would give it: by the environment.
        secrets = [key for key in settings if "secret" in key or "account.key" in key]
        self.secret = settings[secrets[0]] if secrets else "no-secret-at-all"
        for key in secrets:
            settings[key] = "${env:STORE_SECRET}"
        # The lock of a run is one of this machine, by the URL: another test run must not share it.
        lake = f"{url}/lake/{os.getpid()}-{kind}"
        self.write_pipeline("remote", lake, settings)
        self.write_pipeline("local", str(self.root / "lake"), {})
        (self.root / "in").mkdir()
        for number in range(FILES):
            rows = range(number * ROWS_PER_FILE, (number + 1) * ROWS_PER_FILE)
            (self.root / "in" / f"{number:03}.json").write_text(
                "".join(f'{{"id": {row}, "amount": {row % 100}.5}}\n' for row in rows))
        self.kill_after_some_commits()
        self.call("run", "remote")
        self.call("run", "local")
        for query in QUERIES:
            rows = self.call("query", "local", query, "--format", "json")
            self.assertGreater(len(rows), 10)
            self.assertEqual(self.call("query", "remote", query, "--format", "json"), rows)
        self.assertIn(lake, self.call("tables", "remote"))

    def kill_after_some_commits(self):
        """kill -9 once the first table has some of its rows, and before it has all."""
        run = subprocess.Popen([PROGRAM, "run", "remote"], cwd=self.root, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, "STORE_SECRET": self.secret})
        try:
            while run.poll() is None:
                seen = subprocess.run([PROGRAM, "query", "remote", "SELECT count(*) AS n FROM bronze.events",
                                       "--format", "json"], cwd=self.root, check=False,
                                      capture_output=True, text=True,
                                      env={**os.environ, "STORE_SECRET": self.secret})
                if seen.returncode == 0 and '"n":0' not in seen.stdout.replace(" ", ""):
                    break
            second = subprocess.run([PROGRAM, "run", "remote"], cwd=self.root, check=False,
                                    capture_output=True, text=True,
                                    env={**os.environ, "STORE_SECRET": self.secret})
            self.assertIsNone(run.poll(), "the run ended before it could be killed")
            self.assertNotEqual(second.returncode, 0)
            self.assertIn("runs it already", second.stderr)
        finally:
            run.send_signal(signal.SIGKILL)
            run.wait()

    def test_s3_keeps_the_contract(self):
        self.contract("s3")

    def test_azure_keeps_the_contract(self):
        self.contract("azure")

    def test_gcs_keeps_the_contract(self):
        self.contract("gcs")

    def test_a_killed_pipeline_on_s3_ends_as_on_a_disk(self):
        self.pipeline("s3")

    def test_a_killed_pipeline_on_azure_ends_as_on_a_disk(self):
        self.pipeline("azure")

    def test_a_killed_pipeline_on_gcs_ends_as_on_a_disk(self):
        self.pipeline("gcs")


if __name__ == "__main__":
    unittest.main()
