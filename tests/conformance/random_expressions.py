"""Expressions made by chance, by their types, over rows with NULLs, NaN, extremes and other scripts.

A seed makes the same ones again. Expressions are asked for in batches, as columns of one query over a view; where that
raises an error, in halves. A seed has one session time zone, and most of its batches are plain expressions, some
aggregates and window functions.
"""

import random
import re

import verdict
from random_rules import (AGGREGATES, CASTS, COLUMNS, EXTREME, FRAMES, FREE, GENERIC, GENERIC_ORDERED, NUMBERS, ORDERED,
                          RULES, SAFE_CASTS, TYPES, VALUES, WINDOWS, ZONES)

BATCH = 20
BATCHES_OF_A_SOURCE = 10
HOLE = re.compile(r"\{(\w+)\}")
SHORT_TEXTS = ["'a'", "'l'", "','", "'ß'", "'日'", "'xy'"]
# The columns of a batch in the schema of its answer.
FIELD = re.compile(r"(?:^struct<|,)c\d+:")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.depth = 0  # of the whole expression

    def source(self):
        """SELECT of rows with typed columns; in one row of four half of the values are NULL."""
        names = [name for group in COLUMNS.values() for name in group]
        kinds = [kind for kind, group in COLUMNS.items() for _ in group]
        tame = self.random.random() < 0.75
        lines = []
        for number in range(6):
            rate = 0.5 if self.random.random() < 0.25 else 0.08
            values = ["NULL" if self.random.random() < rate else self.value(kind, tame) for kind in kinds]
            cells = [f"CAST({value} AS {TYPES[kind]})" for value, kind in zip(values, kinds)]
            lines.append(f"({number}, " + ", ".join(cells) + ")")
        return f"SELECT * FROM VALUES {', '.join(lines)} AS t(id, {', '.join(names)})"

    def value(self, kind, tame):
        return self.random.choice([each for each in VALUES[kind] if not (tame and EXTREME.search(each))])

    def make(self, kind, depth):
        chance = self.random.random()
        if depth <= 0 or chance < 0.15:
            return self.value(kind, True) if chance < 0.03 else self.random.choice(COLUMNS[kind])
        if chance < 0.25:
            return self.cast(kind, depth)
        return "(" + self.fill(self.random.choice(self.template_group(kind)), depth, kind) + ")"

    def template_group(self, kind):
        chance = self.random.random()
        if chance < 0.2 and kind in GENERIC:
            return GENERIC[kind]
        if chance < 0.3 and kind in GENERIC_ORDERED:
            return GENERIC_ORDERED[kind]
        if chance < 0.4:
            return GENERIC_ORDERED["T"] if kind in ORDERED and chance < 0.35 else GENERIC["T"]
        return RULES[kind]

    def cast(self, kind, depth):
        sources = [each for each, results in CASTS.items() if kind in results]
        if not sources:
            return self.random.choice(COLUMNS[kind])
        source = self.random.choice(sources)
        safe = (source, kind) in SAFE_CASTS or kind == "string" or depth == self.depth
        word = "CAST" if safe and self.random.random() < 0.5 else "try_cast"
        return f"{word}({self.make(source, depth - 1)} AS {TYPES[kind]})"

    def fill(self, template, depth, kind=None):
        """The template with its holes filled. {T} is `kind` where a template gives its own {T} back."""
        if template not in GENERIC["T"] and template not in GENERIC_ORDERED["T"]:
            kind = None
        if kind is None:
            kind = self.random.choice(ORDERED)
        return HOLE.sub(lambda hole: self.hole(hole[1], depth, kind), template)

    def hole(self, name, depth, same):
        if name == "k":
            return str(self.random.randint(1, 6))
        if name == "t":
            return self.random.choice(SHORT_TEXTS)
        if name == "over":
            return f"OVER (PARTITION BY b ORDER BY id {self.random.choice(FRAMES)})"
        if name == "window":
            return "OVER (PARTITION BY b ORDER BY id)"
        choices = {"T": [same], "num": NUMBERS, "any": list(TYPES)}.get(name, [name])
        return self.make(self.random.choice(choices), depth - 1)

    def expression(self):
        depth = self.depth = self.random.choice([1, 1, 2, 2, 3])
        if self.random.random() < 0.25:
            return self.fill(self.random.choice(FREE), depth)
        return self.make(self.random.choice(list(RULES)), depth)

    def batch(self, count):
        """(tail of the query, its expressions)"""
        chance = self.random.random()
        if chance < 0.04:
            tail = self.random.choice(["", " GROUP BY b ORDER BY b"])
            return tail, [self.fill(self.random.choice(AGGREGATES), self.random.choice([1, 1, 2])) for _ in range(count)]
        if chance < 0.08:
            return " ORDER BY id", [self.fill(self.random.choice(WINDOWS), self.random.choice([1, 1, 2])) for _ in range(count)]
        return "", [self.expression() for _ in range(count)]


class Batches:
    """Asks both sides about the batches of one seed."""

    def __init__(self, tally, spark, ours, seed):
        self.tally, self.spark, self.ours = tally, spark, ours
        self.group = f"seed {seed}"
        self.maker = Maker(seed)
        self.zone = self.maker.random.choice(ZONES)
        self.source = ""

    def run(self, count):
        self.ours.reset()
        self.ours.define("Z" + self.zone)
        for start in range(0, count, BATCH):
            if start % (BATCH * BATCHES_OF_A_SOURCE) == 0:
                self.source = self.maker.source()
                self.ours.define(f"Vt\x1f\x1f{self.source}")
            self.compare(*self.maker.batch(min(BATCH, count - start)))

    def query(self, tail, expressions):
        return "SELECT " + ", ".join(f"{each} AS c{i}" for i, each in enumerate(expressions)) + " FROM t" + tail

    def compare(self, tail, expressions):
        """What is refused here needs no answer of Spark, and what fails here is expected to fail there: asked apart."""
        good = []
        for expression, answer in self.ask_ours(tail, expressions):
            if answer["status"] == "refused":
                self.tally.add(self.group, expression, "refused", answer["message"])
            elif answer["status"] == "ok":
                good.append((expression, answer))
            else:
                self.judge(tail, expression, answer, self.ask_spark(tail, [expression])[0][1])
        if good:
            answers = self.ask_spark(tail, [expression for expression, _ in good])
            for (expression, mine), (_, theirs) in zip(good, answers):
                self.judge(tail, expression, mine, theirs)

    def ask_ours(self, tail, expressions):
        return self.ask_in_halves(expressions, lambda some: self.ours.ask(self.query(tail, some)))

    def ask_spark(self, tail, expressions):
        return self.ask_in_halves(
            expressions, lambda some: self.spark.ask_over(self.zone, "t", self.source, self.query(tail, some)))

    def ask_in_halves(self, expressions, ask):
        """(expression, its own answer) of each."""
        answer = ask(expressions)
        if len(expressions) == 1:
            return [(expressions[0], answer)]
        if answer["status"] == "ok":
            columns = columns_of(answer, len(expressions))
            if columns is not None:
                return list(zip(expressions, columns))
        middle = len(expressions) // 2
        return self.ask_in_halves(expressions[:middle], ask) + self.ask_in_halves(expressions[middle:], ask)

    def judge(self, tail, expression, mine, theirs):
        outcome, why = verdict.judge(mine, theirs, ordered=True)
        if mine["status"] == theirs["status"] == "error":
            outcome, why = "same", ""  # which of several errors is met first is nobody's promise
        if outcome == "different":
            why += f"\n    zone {self.zone}: SELECT {expression} FROM ({self.source}) AS t{tail}"
        self.tally.add(self.group, expression, outcome, why)


def columns_of(answer, count):
    """The answers of the columns of a batch; None where a value has the separator in it."""
    rows = [row.split("\t") for row in answer["rows"]]
    types = FIELD.split(answer["schema"][:-1])[1:]
    if any(len(row) != count for row in rows) or len(types) != count:
        return None
    return [{"status": "ok", "schema": f"struct<c0:{types[index]}>", "types": [types[index]],
             "rows": [row[index] for row in rows]} for index in range(count)]


SEED_COUNT = 1000


def run(tally, spark, ours, seed, count):
    """`count` expressions; every thousand has a seed of its own, from `seed` on."""
    for start in range(0, count, SEED_COUNT):
        Batches(tally, spark, ours, seed + start // SEED_COUNT).run(min(SEED_COUNT, count - start))
