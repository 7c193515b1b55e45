#!/usr/bin/env python3
"""The Delta library beside deltalake and bare calls: appends, opening, bulk writing.

    bench/delta.py                              2,000 commits; a table of 100,000 files
    bench/delta.py --commits 100000             shows whether appends stay as fast (minutes)
    bench/delta.py --work /mnt/disk --save bench/results/2026-11-21-delta.md

deltalake comes from tools/setup-peers; without it, only the bare calls are beside ours. Whether a bar is met is only said, unless
--enforce: then the exit code is 1 when one is missed.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import run

MICRO = pathlib.Path("bench") / "micro"

# What this version promises of itself.
APPENDS_PER_S_MIN = 300
APPENDS_LAST_OF_FIRST_MIN = 0.8
OPEN_RATIO_MIN = 2.0
BULK_MB_PER_S_MIN = 250
BULK_OF_BARE_MIN = 0.8

# Appends like those of delta_append; prints commits per second.
PEER_APPEND = """
import sys, time
import pyarrow as pa
from deltalake import write_deltalake
folder, commits = sys.argv[1], int(sys.argv[2])
def rows(first):
    ids = range(first, first + 100)
    return pa.table({"id": pa.array(ids, pa.int64()), "price": pa.array([float(i * 37 % 100) for i in ids]),
                     "city": pa.array([f"City {i * 7 % 50}" for i in ids])})
write_deltalake(folder, rows(0))
start = time.monotonic()
for i in range(1, commits + 1):
    write_deltalake(folder, rows(100 * i), mode="append")
print(commits / (time.monotonic() - start))
"""

# The best of five, as delta_open has it; prints wall and CPU seconds and peak megabytes.
PEER_OPEN = """
import resource, sys, time
from deltalake import DeltaTable
best, cpu = 1e9, 1e9
for _ in range(5):
    begin, spent = time.monotonic(), time.process_time()
    files = len(DeltaTable(sys.argv[1]).file_uris())
    best, cpu = min(best, time.monotonic() - begin), min(cpu, time.process_time() - spent)
print(files, best, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--peer-commits", type=int, default=200, help="appends of deltalake, which get slower")
    parser.add_argument("--files", type=int, default=100_000, help="files of the table that is opened")
    parser.add_argument("--build", type=pathlib.Path, default=run.ROOT / "build" / "release")
    parser.add_argument("--work", type=pathlib.Path, help="where tables are made: the disk that is measured")
    parser.add_argument("--enforce", action="store_true", help="exit with 1 when a bar is missed")
    parser.add_argument("--save", type=pathlib.Path, help="also write the report to this file")
    args = parser.parse_args()
    args.no_spark, args.spark_command = False, None  # what run.find_spark asks for
    return args


def output(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise run.Problem(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    return done


def appends(args, work, peer, report):
    block = max(args.commits // 10, 1)
    program = args.build / MICRO / "delta_append"
    rows = [[float(word) for word in line.split()]
            for line in output(program, args.commits, block, work).stderr.splitlines()[1:]]
    report.append(f"{args.commits:,} appends of 100 rows, every fsync:\n")
    report.append("| after | commits/s | bare calls one after another/s | least MB | most MB |\n"
                  "|---|---|---|---|---|")
    report += [f"| {int(done):,} | {ours:.0f} | {bare:.0f} | {least / 1024:.0f} | {most / 1024:.0f} |"
               for done, ours, _, bare, least, most in rows]
    if peer:
        rate = float(output(peer, "-c", PEER_APPEND, work / "peer", args.peer_commits).stdout)
        report.append(f"\ndeltalake, the first {args.peer_commits} appends, without fsync: {rate:.0f}/s")
    first, last = rows[0][1], rows[-1][1]
    slowest = min(row[1] for row in rows)
    return [(f"appends per second in the slowest block, at least {APPENDS_PER_S_MIN}", slowest,
             slowest >= APPENDS_PER_S_MIN),
            (f"the last block's speed as a part of the first's, at least {APPENDS_LAST_OF_FIRST_MIN}",
             last / first, last / first >= APPENDS_LAST_OF_FIRST_MIN)]


def opening(args, work, peer, report):
    program = args.build / MICRO / "delta_open"
    made, table = output(program, args.files, work, "keep").stderr.splitlines()
    report.append(f"\nopening, the best of five: {made}")
    if not peer:
        return []
    # "<n> files: open <wall> s (<cpu> s of CPU), peak <n> MB"
    words = made.replace("(", "").split()
    wall, cpu = float(words[3]), float(words[5])
    files, peer_wall, peer_cpu, peak = output(peer, "-c", PEER_OPEN, table).stdout.split()
    if int(files) != args.files:
        raise run.Problem(f"deltalake sees {files} files, not {args.files}")
    report.append(f"deltalake: open {float(peer_wall):.3f} s ({float(peer_cpu):.3f} s of CPU), peak {peak} MB")
    return [(f"opening, times as fast as deltalake by {clock}, at least {OPEN_RATIO_MIN}", theirs / ours,
             theirs / ours >= OPEN_RATIO_MIN)
            for clock, theirs, ours in (("wall", float(peer_wall), wall), ("CPU", float(peer_cpu), cpu))]


def bulk(args, report):
    done = output(args.build / MICRO / "delta_bench", "--benchmark_filter=BulkWrite/2000000",
                  "--benchmark_format=json")
    figures = json.loads(done.stdout)["benchmarks"][0]
    speed, part = figures["bytes_per_second"] / 1e6, figures["of_bare"]
    report.append(f"\nbulk writing of silver rows: {speed:.0f} MB of Arrow data per second of a core, "
                  f"{part:.2f} of bare Arrow with the same row groups")
    return [(f"bulk writing, MB/s per core, at least {BULK_MB_PER_S_MIN}", speed, speed >= BULK_MB_PER_S_MIN),
            (f"bulk writing as a part of bare Arrow's speed, at least {BULK_OF_BARE_MIN}", part,
             part >= BULK_OF_BARE_MIN)]


def bench(args):
    subprocess.run(["cmake", "--build", str(args.build), "--target", "delta_append", "delta_open", "delta_bench"],
                   check=True, stdout=sys.stderr)
    found, why_not = run.find_spark(args)
    peer = found[0] if found else None
    parent = args.work or run.default_cache()
    parent.mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="delta-", dir=parent))
    report = []
    try:
        judged = appends(args, work, peer, report) + opening(args, work, peer, report) + bulk(args, report)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not peer:
        report.append(f"\ndeltalake: {why_not}.")
    report.append("")
    report += [f"- {'met' if met else 'MISSED'}: {what}: {value:.2f}" for what, value, met in judged]
    report.append(f"- {os.cpu_count()} cores")
    print("\n".join(report))
    if args.save:
        args.save.write_text("\n".join(report) + "\n")
    return 1 if args.enforce and not all(met for _, _, met in judged) else 0


if __name__ == "__main__":
    try:
        sys.exit(bench(arguments()))
    except run.Problem as problem:
        sys.exit(f"bench: {problem}")
