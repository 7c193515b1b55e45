"""Reads a .test file: pipelines as text. README.md beside this says what may stand in one."""

import dataclasses
import json
import pathlib
import re

BLOCKS = ("file", "folder", "config", "run", "error", "query", "expectation", "quarantine",
          "warning", "together", "straight")
BLOCK_HEAD = re.compile(rf"#|(?:{'|'.join(BLOCKS)})\b")


class Malformed(Exception):
    """The .test file itself is wrong; the text begins with its path and line."""


@dataclasses.dataclass
class InputFile:
    path: str
    content: bytes
    whole: bool  # never split into records: its lines are one unit, or their place matters


@dataclasses.dataclass
class Check:
    kind: str  # "query", "expectation", "quarantine", "warning"
    line: int  # of its head in the .test file, from 1
    end: int  # the line behind its last one
    subject: str
    ordered: bool
    body: list


@dataclasses.dataclass
class Step:
    """Files that come, then a run, then what must be true."""
    files: list = dataclasses.field(default_factory=list)
    folders: list = dataclasses.field(default_factory=list)
    sql: str = None
    outcome: str = None  # "ok", "error" (refused, nothing done), "failed" (began, and a table failed)
    errors: list = dataclasses.field(default_factory=list)
    checks: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class TestFile:
    path: pathlib.Path
    lines: list
    settings: dict
    steps: list
    together: bool = False  # all files are there before the first epoch
    straight: str = None  # why it has only the first way

    @property
    def only_straight(self):
        return self.straight is not None or any(step.outcome != "ok" for step in self.steps)


def unescape(text):
    r"""`\n`, `\t`, `\r`, `\\` and `\xHH` as bytes; everything else as UTF-8."""
    named = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\"}
    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|([ntr\\]))",
                  lambda m: bytes.fromhex(m[1].decode()) if m[1] else named[m[2]],
                  text.encode())


def cells(line, where):
    """Cells stand apart by a tab or two spaces; one in "..." is read as JSON, so it can hold both."""
    quoted, plain = r'"(?:\\.|[^"\\])*"(?=\t| {2}|$)', r"(?:(?!\t| {2}).)+"
    values = []
    for cell in re.findall(rf"[ \t]*({quoted}|{plain})", line.strip()):
        if len(cell) > 1 and cell[0] == cell[-1] == '"':
            try:
                values.append(json.loads(cell))
            except ValueError as error:
                raise Malformed(f"{where}: error: {cell} is not a JSON string: {error}") from None
        else:
            values.append(None if cell == "NULL" else cell)
    return tuple(values)


def shown(value):
    """The cell that `cells` reads as `value`."""
    if value is None:
        return "NULL"
    plain = value and value == value.strip() and not re.search(r'[\t\n\r]| {2}|^"|^NULL$', value)
    return value if plain else json.dumps(value, ensure_ascii=False)


class Parser:
    def __init__(self, path, text):
        self.path, self.lines, self.at = path, text.split("\n"), 0
        self.test = TestFile(path, self.lines, {}, [Step()])

    def where(self, line=None):
        return f"{self.path}:{(line if line is not None else self.at) + 1}"

    def fail(self, message, line=None):
        raise Malformed(f"{self.where(line)}: error: {message}")

    @property
    def step(self):
        return self.test.steps[-1]

    def body(self):
        """Lines up to the next head of a block that follows a blank line; without trailing blanks."""
        begin = self.at
        while self.at < len(self.lines):
            blank = self.at == begin or not self.lines[self.at - 1].strip()
            if blank and self.at > begin and BLOCK_HEAD.match(self.lines[self.at]):
                break
            if self.at == begin and BLOCK_HEAD.match(self.lines[self.at]):
                break  # a head right behind a head: the first one has no body
            self.at += 1
        end = self.at
        while end > begin and not self.lines[end - 1].strip():
            end -= 1
        return self.lines[begin:end], end

    def parse(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and not line.startswith("#"):
                head = BLOCK_HEAD.match(line)
                if not head:
                    self.fail(f"no block begins with {line.split()[0]!r}; one of: "
                              f"{', '.join(BLOCKS)}, or # and a comment")
                self.start = self.at
                self.at += 1
                getattr(self, "block_" + head[0])(line[head.end():].strip())
            else:
                self.at += 1
        if self.step.outcome is None:
            self.fail("there is no `run` behind the last files" if len(self.test.steps) > 1
                      else "there is no `run ok` or `run error`", len(self.lines) - 1)
        for step in self.test.steps:
            if step.outcome == "ok" and not step.checks:
                self.fail("a `run ok` must be followed by something that is checked")
        return self.test

    def before_run(self):
        if self.step.outcome is not None:
            self.test.steps.append(Step())

    def block_file(self, rest):
        self.before_run()
        name, *options = rest.split()
        unknown = set(options) - {"whole", "escaped"}
        if unknown or not name or name.startswith("/") or ".." in name.split("/"):
            self.fail("write: file <relative path> [whole] [escaped]", self.start)
        lines, _ = self.body()
        content = unescape("".join(lines)) if "escaped" in options else \
            "".join(line + "\n" for line in lines).encode()
        self.step.files.append(InputFile(name, content, "whole" in options or "escaped" in options))

    def block_folder(self, rest):
        self.before_run()
        self.step.folders.append(rest)

    def block_config(self, rest):
        key, _, value = rest.partition(" ")
        if not value:
            self.fail("write: config <key> <value>", self.start)
        if len(self.test.steps) > 1 or self.step.outcome:
            self.fail("`config` is for the whole test: write it before the first run", self.start)
        self.test.settings[key] = value.strip()

    def block_run(self, rest):
        self.before_run()
        outcome, _, text = rest.partition(" ")
        if outcome not in ("ok", "error", "failed"):
            self.fail("write: run ok, run error <text> or run failed <text>", self.start)
        if (outcome == "ok") == bool(text):
            self.fail(f"`run {outcome}` has {'no' if outcome == 'ok' else 'a'} text behind it",
                      self.start)
        lines, _ = self.body()
        self.step.outcome = outcome
        self.step.errors = [text] if text else []
        self.step.sql = "\n".join(lines) + "\n" if lines else None
        first = len(self.test.steps) == 1
        declared = any(file.path.endswith(".sql") for file in self.step.files)
        if first and not self.step.sql and not declared:
            self.fail("there is no SQL: neither here nor in a `file x.sql`", self.start)

    def block_error(self, rest):
        if self.step.outcome not in ("error", "failed"):
            self.fail("`error` stands behind `run error` or `run failed`", self.start)
        self.step.errors.append(rest)

    def block_together(self, rest):
        del rest
        self.test.together = True

    def block_straight(self, rest):
        if not rest:
            self.fail("say why: straight <reason>", self.start)
        self.test.straight = rest

    def check(self, kind, subject, ordered=False):
        if self.step.outcome is None:
            self.fail(f"`{kind}` stands behind a run", self.start)
        lines, end = self.body()
        self.step.checks.append(Check(kind, self.start, end, subject, ordered, lines))
        return self.step.checks[-1]

    def block_query(self, rest):
        ordered = rest.startswith("ordered ")
        rest = rest.removeprefix("ordered ").strip()
        sql = rest if re.match(r"(?i)(select|with)\b", rest) else f"SELECT * FROM {rest}"
        check = self.check("query", sql, ordered)
        if not rest:
            self.fail("write: query [ordered] <table or SELECT>", self.start)
        first = self.start + 1
        check.body = [cells(line, self.where(first + i)) for i, line in enumerate(check.body)]
        for i, row in enumerate(check.body):
            if len(row) != len(check.body[0]):
                self.fail(f"{len(row)} cells under {len(check.body[0])} columns; two spaces or a "
                          "tab stand between cells", first + i)

    def counts(self, check):
        """`passed 1  dropped 1` as a dictionary."""
        text = " ".join(check.body)
        found = re.findall(r"(\w+) (\d+)", text)
        if not found or " ".join(f"{word} {count}" for word, count in found) != \
                " ".join(text.split()):
            self.fail(f"expected words with counts, as in `passed 1  dropped 1`, not {text!r}",
                      self.start + 1)
        return {word: int(count) for word, count in found}

    def block_expectation(self, rest):
        check = self.check("expectation", rest)
        if "." not in rest:
            self.fail("write: expectation <table>.<rule>", self.start)
        check.body = self.counts(check)
        if set(check.body) not in ({"passed", "dropped"}, {"passed", "failed"}):
            self.fail("an expectation has `passed` and `dropped`, or for one that only warns "
                      "`passed` and `failed`", self.start)

    def block_quarantine(self, rest):
        """Lines of `<count>  <words of the reason>`; none at all: the quarantine is empty."""
        check = self.check("quarantine", rest)
        rows = []
        for i, line in enumerate(check.body):
            found = re.fullmatch(r"(\d+)\s+(\S.*)", line.strip())
            if not found:
                self.fail("write: <count>  <words of the reason>", self.start + 1 + i)
            rows.append((int(found[1]), found[2]))
        check.body = rows

    def block_warning(self, rest):
        self.check("warning", rest)


def parse(path, text=None):
    path = pathlib.Path(path)
    return Parser(path, path.read_text(encoding="utf-8") if text is None else text).parse()
