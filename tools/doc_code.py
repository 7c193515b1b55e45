#!/usr/bin/env python3
"""Runs the code of the documentation, so that a page cannot go stale.

README.md, docs/**/*.md and examples/**/README.md may mark a fenced block by words after its language:

    ```sh run             runs (bash -eu) in the page's own empty folder, oresmith on the PATH
    ```sh run fails       the same, and must exit with another code than 0
    ```sql file=a.sql     written to that file in the page's folder (any language)
    ```sql dry-run        a pipeline of this one file passes `oresmith dry-run`
    ```text output        what the last `run` printed to standard output, to the letter

Blocks without such words are for reading only. A page's blocks run in order; the first that fails
ends the page. Prints one line per page, and exits with 1 if a page failed.

    tools/doc_code.py --program build/release/oresmith [PAGE...]
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK_SECONDS_MAX = 120
FENCE = re.compile(r"^(\s*)```(\S+)?[ \t]*(.*)$")


class Failure(Exception):
    pass


@dataclasses.dataclass
class Block:
    line: int
    words: list
    text: str


def blocks(text):
    """The marked blocks of a page."""
    found, opened, indent, lines = [], None, "", []
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if match and opened is None:
            indent, opened, lines = match.group(1), Block(number, match.group(3).split(), ""), []
        elif match and not match.group(2):
            opened.text = "".join(f"{each}\n" for each in lines)
            if opened.words:
                found.append(opened)
            opened = None
        elif opened is not None:
            lines.append(line.removeprefix(indent))
    return found


def execute(block, folder, environment):
    run = subprocess.run(["bash", "-eu", "-c", block.text], cwd=folder, env=environment,
                         capture_output=True, text=True, timeout=BLOCK_SECONDS_MAX, check=False)
    if (run.returncode != 0) != ("fails" in block.words):
        raise Failure(f"exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


def dry_run(block, folder, environment):
    with tempfile.TemporaryDirectory(dir=folder) as pipeline:
        (pathlib.Path(pipeline) / "pipeline.sql").write_text(block.text)
        run = subprocess.run(["oresmith", "dry-run", pipeline], cwd=folder, env=environment,
                             capture_output=True, text=True, timeout=BLOCK_SECONDS_MAX, check=False)
    if run.returncode != 0:
        raise Failure(f"dry-run: exit code {run.returncode}\n{run.stdout}{run.stderr}")


def compare(expected, printed):
    def trimmed(text):
        return [line.rstrip() for line in text.strip("\n").splitlines()]
    if trimmed(expected) != trimmed(printed or ""):
        raise Failure(f"printed:\n{printed}instead of:\n{expected}")


def run_block(block, folder, environment, printed):
    """Runs one block and returns the output that an `output` block would be compared with."""
    files = [word.removeprefix("file=") for word in block.words if word.startswith("file=")]
    if files:
        path = pathlib.Path(folder) / files[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    elif "run" in block.words:
        return execute(block, folder, environment)
    elif "dry-run" in block.words:
        dry_run(block, folder, environment)
    elif "output" in block.words:
        compare(block.text, printed)
    else:
        raise Failure(f"unknown words: {' '.join(block.words)}")
    return printed


def run_page(path, environment):
    """None if the page is right, else what is wrong."""
    printed = None
    with tempfile.TemporaryDirectory(prefix="oresmith-doc-") as folder:
        for block in blocks(path.read_text()):
            try:
                printed = run_block(block, folder, environment, printed)
            except (Failure, subprocess.TimeoutExpired) as problem:
                return f"{path}:{block.line}: error: {problem}"
    return None


def pages(root):
    found = [root / "README.md", *(root / "docs").rglob("*.md"),
             *(root / "examples").rglob("README.md")]
    return sorted(path for path in found if path.is_file() and blocks(path.read_text()))


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("pages", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    environment = {**os.environ,
                   "PATH": f"{options.program.resolve().parent}:{os.environ['PATH']}",
                   "ORESMITH_REPOSITORY": str(root)}
    failed = 0
    for path in options.pages or pages(root):
        problem = run_page(path, environment)
        failed += problem is not None
        print(problem or f"ok {path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
