"""What the e2e cases share: a folder to work in, the program, and how its answers are read."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("ORESMITH_BIN", "oresmith")
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
RUN_SECONDS_MAX = 240

# One table of each kind, over JSON lines with an id.
SIMPLE_SQL = """\
CREATE OR REFRESH STREAMING TABLE lines AS
SELECT value, _metadata.file_name AS source_file, _metadata.file_line AS line
FROM STREAM read_files('in', format => 'text');

CREATE OR REFRESH STREAMING TABLE events AS
SELECT id, amount FROM STREAM read_files('in', format => 'json', schema => 'id BIGINT, amount DOUBLE');

CREATE OR REFRESH MATERIALIZED VIEW totals AS
SELECT count(*) AS events, sum(amount) AS amount FROM events;
"""


class Done:
    """A finished call of the program."""

    def __init__(self, arguments, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.call = "oresmith " + " ".join(map(str, arguments))

    def __str__(self):
        return f"{self.call}: exit code {self.code}\n{self.out[-4000:]}{self.err[-4000:]}"


class Scenario(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-e2e-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def environment(self):
        return {**os.environ, "NO_COLOR": "1"}

    def call(self, *arguments, timeout=RUN_SECONDS_MAX):
        process = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.root, check=False,
                                 env=self.environment(), capture_output=True, timeout=timeout)
        process.stdout = process.stdout.decode("utf-8", "replace")
        process.stderr = process.stderr.decode("utf-8", "replace")
        return Done(arguments, process)

    def ok(self, *arguments):
        done = self.call(*arguments)
        self.assertEqual(done.code, 0, done)
        return done

    def refused(self, code, *arguments):
        """The call fails with that code, and says why in the form of all errors."""
        done = self.call(*arguments)
        self.assertEqual(done.code, code, done)
        self.assertRegex(done.err, r"(?m)^(\S.*: )?error: \S", done)
        return done

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.root,
                                   env=self.environment(), text=True, errors="replace",
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()

    def rows(self, sql, directory="."):
        done = self.ok("query", directory, sql, "--format", "json")
        return [json.loads(line) for line in done.out.splitlines()]

    def value(self, sql, directory="."):
        rows = self.rows(sql, directory)
        self.assertEqual(len(rows), 1, rows)
        self.assertEqual(len(rows[0]), 1, rows)
        return next(iter(rows[0].values()))

    def fingerprint(self, sql, directory="."):
        """Number and content of the rows, whatever their order."""
        lines = sorted(self.ok("query", directory, sql, "--format", "json").out.splitlines())
        return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def write(self, path, content):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content, encoding="utf-8")
        return file

    def simple_pipeline(self):
        self.write("pipeline.sql", SIMPLE_SQL)
        (self.root / "in").mkdir()
