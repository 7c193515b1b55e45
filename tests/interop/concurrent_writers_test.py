"""Our writers in two processes, and delta-rs that appends to the same table and compacts it meanwhile:
no version is left out, no row is lost or there twice. With and without processes that are killed."""

import collections
import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

import deltalake
import pyarrow

TESTS = pathlib.Path(os.environ.get("ORESMITH", "")).parent / "tests"
COMMITS = 1_000
COMMITS_OF_KILLED = 250
DEATHS = 8
PROCESSES = 2
WRITERS_PER_PROCESS = 2
THEIR_WRITER = 100
# Without pauses of ours delta-rs wins no race: it reads the log anew for each attempt.
PAUSE_MS_MAX = 60
PATIENCE = deltalake.CommitProperties(max_commit_retries=1_000_000)
SECONDS_MAX = 1_500


def rows(writer, numbers):
    return pyarrow.table({"writer": pyarrow.array([writer] * len(numbers), pyarrow.int64()),
                          "number": pyarrow.array(numbers, pyarrow.int64())})


def lost_against_others(error):
    """Whether delta-rs gave up because others were faster, with nothing wrong in the table: it lost as many
    races as it takes part in, or it listed the log while commits came, and saw only the later one of two."""
    return isinstance(error, deltalake.exceptions.CommitFailedError) or "contiguous" in str(error)


def patiently(work):
    while True:
        try:
            return work()
        except deltalake.exceptions.DeltaError as error:
            if not lost_against_others(error):
                raise


def newest_of(path, writer):
    found = deltalake.DeltaTable(path).to_pyarrow_table(filters=[("writer", "=", writer)])["number"].to_pylist()
    return max(found, default=0)


def append(path, end, appended):
    """Appends rows by delta-rs until told to stop."""
    while appended.value == 0 or not end.is_set():
        row = rows(THEIR_WRITER, [appended.value + 1])
        try:
            deltalake.write_deltalake(path, row, mode="append", commit_properties=PATIENCE)
            appended.value += 1
        except deltalake.exceptions.DeltaError as error:
            if not lost_against_others(error):
                raise
            # It may have failed after the commit.
            appended.value = patiently(lambda: newest_of(path, THEIR_WRITER))


def compact(path, end, compacted):
    """Compacts by delta-rs until told to stop."""
    while compacted.value == 0 or not end.is_set():
        patiently(lambda: deltalake.DeltaTable(path).optimize.compact())
        compacted.value += 1
        end.wait(0.2)


class ConcurrentWriters(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oresmith-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = f"{folder.name}/t"
        deltalake.write_deltalake(self.path, rows(THEIR_WRITER, []))

    def start(self, process, commits):
        return subprocess.Popen([TESTS / "unit/delta/delta_writers", "child", self.folder,
                                 str(process * WRITERS_PER_PROCESS), str(commits), str(PAUSE_MS_MAX)])

    def run_ours(self, commits, deaths):
        """Both processes to their end. The first is killed so many times, wherever it is, and begun anew."""
        dice = random.Random(deaths)
        second = self.start(1, commits)
        for _ in range(deaths):
            first = self.start(0, commits)
            time.sleep(dice.uniform(0.05, 2))
            first.kill()
            first.wait()
        first = self.start(0, commits)
        for process in (first, second):
            self.assertEqual(process.wait(SECONDS_MAX), 0)

    def run_all(self, commits, deaths):
        context = multiprocessing.get_context("spawn")
        end, appended, compacted = context.Event(), context.Value("q", 0), context.Value("q", 0)
        theirs = [context.Process(target=append, args=(self.path, end, appended)),
                  context.Process(target=compact, args=(self.path, end, compacted))]
        for process in theirs:
            process.start()
        try:
            self.run_ours(commits, deaths)
        finally:
            end.set()
            for process in theirs:
                process.join(SECONDS_MAX)
        self.assertEqual([process.exitcode for process in theirs], [0, 0])
        print(f"{appended.value} appends and {compacted.value} compactions of delta-rs")
        self.check(commits, appended.value)

    def check(self, commits, appended):
        expected = {(writer, number) for writer in range(PROCESSES * WRITERS_PER_PROCESS)
                    for number in range(1, commits + 1)}
        expected |= {(THEIR_WRITER, number) for number in range(1, appended + 1)}
        out = subprocess.run([TESTS / "interop/delta_driver", "rows", self.path], check=True,
                             capture_output=True, text=True).stdout
        ours = [(row["writer"], row["number"]) for row in map(json.loads, out.splitlines())]
        table = deltalake.DeltaTable(self.path).to_pyarrow_table().to_pydict()
        theirs = list(zip(table["writer"], table["number"]))
        for name, found in (("our reader", ours), ("delta-rs", theirs)):
            doubled = [row for row, count in collections.Counter(found).items() if count > 1]
            self.assertEqual((sorted(expected - set(found))[:5], sorted(set(found) - expected)[:5],
                              doubled[:5]), ([], [], []), f"{name}: lost, too many, doubled")
        versions = sorted(int(path.stem) for path in pathlib.Path(self.path, "_delta_log").glob("*.json")
                          if path.stem.isdigit())
        self.assertEqual(versions, list(range(len(versions))))
        self.assertGreaterEqual(len(versions), PROCESSES * WRITERS_PER_PROCESS * commits + appended)

    def test_beside_delta_rs_that_appends_and_compacts(self):
        self.run_all(COMMITS, deaths=0)

    def test_beside_delta_rs_with_a_process_that_is_killed_again_and_again(self):
        self.run_all(COMMITS_OF_KILLED, DEATHS)


if __name__ == "__main__":
    unittest.main()
