"""Expressions made by chance, by their types, over rows with NULLs, NaN, extremes and other scripts.

A seed makes the same ones again. Expressions are asked for in batches, as columns of one query; where that raises
an error, one by one.
"""

import random

import verdict

BATCH = 20
COLUMNS = {
    "int": ["i", "j"], "bigint": ["l"], "double": ["d"], "decimal": ["n"], "string": ["s", "u"], "boolean": ["b"],
    "date": ["dt"], "timestamp": ["ts"], "ints": ["ai"], "strings": ["as_"], "map": ["m"], "binary": ["x"],
}
TYPES = {"int": "INT", "bigint": "BIGINT", "double": "DOUBLE", "decimal": "DECIMAL(12,3)", "string": "STRING",
         "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "ints": "ARRAY<INT>",
         "strings": "ARRAY<STRING>", "map": "MAP<STRING,INT>", "binary": "BINARY"}
VALUES = {
    "int": ["0", "1", "-1", "7", "42", "-100", "2147483647", "-2147483648", "3", "12"],
    "bigint": ["0L", "1L", "-5L", "9223372036854775807L", "1234567890123L", "86400L"],
    "double": ["0.0D", "-0.0D", "1.5D", "-2.25D", "1e10D", "1e-7D", "double('NaN')", "double('Infinity')", "3.14159D"],
    "decimal": ["0.000", "1.500", "-2.005", "123456789.125", "99.995", "-0.001"],
    "string": ["''", "'a'", "'Hello World'", "'  x '", "'12'", "'-3.5'", "'2024-02-29'", "'äÖß'", "'日本語'",
               "'a,b,c'", "'{\"a\":1,\"b\":[1,2]}'", "'TRUE'", "'x%y_z'", "'2024-03-05 10:20:30'", "'😀é'"],
    "boolean": ["true", "false"],
    "date": ["date'2024-02-29'", "date'1970-01-01'", "date'1969-12-31'", "date'2000-12-31'"],
    "timestamp": ["timestamp'2024-02-29 23:59:59.999999'", "timestamp'1970-01-01 00:00:00'",
                  "timestamp'1969-12-31 23:59:59.5'", "timestamp'2021-03-28 02:30:00'"],
    "ints": ["array(1,2,3)", "array(3,NULL,1,1)", "array(CAST(NULL AS INT))", "slice(array(1),1,0)"],
    "strings": ["array('b','a','')", "array('x',NULL)", "array('é','日')"],
    "map": ["map('a',1,'b',NULL)", "map('k',7)", "map('z',-1,'',0)"],
    "binary": ["X''", "X'00FF41'", "encode('äb','utf-8')"],
}
# result: templates; {type} is an expression of that type, {k} a small whole number, {t} a short constant text.
RULES = {
    "int": ["length({string})", "{int} % 7", "year({date})", "month({timestamp})", "dayofweek({date})",
            "datediff({date}, {date})", "size({ints})", "size({map})", "instr({string}, {t})", "ascii({string})",
            "levenshtein({string}, {string})", "coalesce({int}, {int})", "if({boolean}, {int}, {int})", "hash({string}, {int})",
            "hash({double})", "hash({ints})", "greatest({int}, {int})", "least({int}, {int})", "try_cast({string} AS INT)",
            "weekofyear({date})", "quarter({timestamp})", "hour({timestamp})", "second({timestamp})", "bit_count({bigint})",
            "locate({t}, {string}, {k})", "octet_length({string})", "{int} & {int}", "{int} | {k}", "~{int}", "{int} ^ {int}",
            "array_max({ints})", "array_min({ints})", "try_element_at({ints}, {k})", "{map}['a']",
            "shiftright({int}, {k})", "shiftleft({int}, {k})", "find_in_set({t}, {string})", "dayofyear({date})",
            "bit_get({int}, {k})", "case when {boolean} then {int} else {k} end", "nullif({int}, {int})",
            "try_add({int}, {int})", "try_multiply({int}, {int})"],
    "bigint": ["try_add({bigint}, {int})", "{bigint} div 7", "unix_seconds({timestamp})", "xxhash64({string}, {int})",
               "xxhash64({decimal}, {date})", "crc32({binary})", "unix_micros({timestamp})", "array_position({ints}, {int})",
               "ceil({double} / 1e11)", "CAST({int} AS BIGINT)", "try_cast({string} AS BIGINT)", "unix_millis({timestamp})",
               "shiftrightunsigned({bigint}, {k})", "width_bucket({double}, 0, 10, {k})", "pmod({bigint}, 7)"],
    "double": ["{double} + {double}", "{double} * 2", "{double} / 4", "abs({double})", "sqrt({double})", "round({double}, 2)",
               "bround({double}, 1)", "CAST({int} AS DOUBLE)", "try_cast({string} AS DOUBLE)", "nanvl({double}, {double})",
               "try_divide({double}, {double})", "CAST({decimal} AS DOUBLE)", "months_between({timestamp}, {timestamp})",
               "greatest({double}, {double})", "least({double}, {double})", "rint({double})", "sign({double})",
               "-{double}", "coalesce({double}, 0D)", "hypot({double}, 3)", "cbrt({double})", "{int} / 7"],
    "decimal": ["{decimal} + {decimal}", "{decimal} * 2", "{decimal} - 0.5", "round({decimal}, 1)", "abs({decimal})",
                "bround({decimal}, 2)", "CAST({int} AS DECIMAL(12,3))", "ceil({decimal})", "floor({decimal}, 1)",
                "try_cast({string} AS DECIMAL(12,3))", "{decimal} % 7", "{decimal} / 3", "greatest({decimal}, {decimal})"],
    "string": ["upper({string})", "lower({string})", "concat({string}, {t})", "substring({string}, {k}, {k})", "trim({string})",
               "lpad({string}, {k}, {t})", "rpad({string}, {k}, {t})", "reverse({string})", "replace({string}, {t}, 'Z')",
               "CAST({double} AS STRING)", "CAST({decimal} AS STRING)", "CAST({timestamp} AS STRING)", "CAST({date} AS STRING)",
               "CAST({ints} AS STRING)", "CAST({map} AS STRING)", "initcap({string})", "translate({string}, 'abc', 'xy')",
               "concat_ws('-', {strings})", "concat_ws(',', {string}, {string})", "left({string}, {k})", "right({string}, {k})",
               "repeat({t}, {k})", "hex({string})", "hex({bigint})", "base64({binary})", "md5({string})", "sha2({string}, 256)",
               "date_format({timestamp}, 'yyyy-MM-dd HH:mm:ss.SSS')", "date_format({date}, 'EEE d MMM yy')",
               "regexp_replace({string}, '[aeiou]', '*')", "regexp_extract({string}, '([a-z]+)', 1)", "split_part({string}, ',', {k})",
               "get_json_object({string}, '$.a')", "get_json_object({string}, '$.b[*]')", "array_join({strings}, '|', '?')",
               "format_number({double}, 2)", "format_number({decimal}, 1)", "soundex({string})", "mask({string})", "url_encode({string})",
               "to_json({map})", "to_json(named_struct('a', {int}, 'b', {string}, 'c', {double}))", "overlay({string}, {t}, {k})",
               "bin({bigint})", "conv({string}, 10, 16)", "substring_index({string}, ',', {k})", "elt({k}, {string}, 'q', 'r', 's', 't', 'v')",
               "coalesce({string}, 'none')", "monthname({date})", "dayname({date})", "char({int})", "format_string('%5d|%s|%.2f', {int}, {string}, {double})",
               "to_csv(named_struct('a', {int}, 'b', {string}))", "typeof({decimal} * {decimal})", "nullif({string}, {t})",
               "decode(encode({string}, 'UTF-16BE'), 'UTF-16BE')", "ltrim({string})", "rtrim({string})", "quote({string})"],
    "boolean": ["{int} > {int}", "{string} = {string}", "{double} < {double}", "{decimal} >= {decimal}", "{string} LIKE '%a%'",
                "{date} < {date}", "{timestamp} <= {timestamp}", "{boolean} AND {boolean}", "{boolean} OR {boolean}", "NOT {boolean}",
                "{int} IS NULL", "{string} IS NOT NULL", "{int} IN (1, 2, NULL)", "{int} <=> {int}", "{double} = {double}",
                "startswith({string}, {t})", "endswith({string}, {t})", "contains({string}, {t})", "array_contains({ints}, {int})",
                "{string} RLIKE '^[a-z]+'", "isnan({double})", "exists({ints}, e -> e > 1)", "forall({ints}, e -> e > 0)",
                "arrays_overlap({ints}, {ints})", "map_contains_key({map}, {string})", "{int} BETWEEN -5 AND 50",
                "try_cast({string} AS BOOLEAN)", "{string} ILIKE 'H%'", "{ints} = {ints}", "luhn_check({string})"],
    "date": ["date_add({date}, {k})", "last_day({date})", "add_months({date}, {k})", "trunc({date}, 'MM')", "CAST({timestamp} AS DATE)",
             "next_day({date}, 'MO')", "try_cast({string} AS DATE)", "{date} + INTERVAL 1 MONTH", "try_to_date({string}, 'yyyy-MM-dd')",
             "trunc({date}, 'WEEK')", "{date} - {k}", "greatest({date}, {date})"],
    "timestamp": ["date_trunc('HOUR', {timestamp})", "{timestamp} + INTERVAL 90 MINUTES", "CAST({date} AS TIMESTAMP)",
                  "try_cast({string} AS TIMESTAMP)", "date_trunc('QUARTER', {timestamp})", "{timestamp} - INTERVAL 3 MONTHS",
                  "from_utc_timestamp({timestamp}, 'Europe/Berlin')", "to_utc_timestamp({timestamp}, 'America/New_York')",
                  "timestamp_millis({k} * 1000000007L)", "dateadd(DAY, {k}, {timestamp})", "coalesce({timestamp}, {timestamp})"],
    "ints": ["array_distinct({ints})", "sort_array({ints})", "sort_array({ints}, false)", "array_union({ints}, {ints})",
             "array_except({ints}, {ints})", "array_intersect({ints}, {ints})", "transform({ints}, e -> e % 3)", "filter({ints}, e -> e > 1)",
             "array_append({ints}, {int})", "array_prepend({ints}, {int})", "array_remove({ints}, {k})", "slice({ints}, {k}, 2)",
             "reverse({ints})", "array_insert({ints}, {k}, {int})", "array_repeat({int}, {k})", "array_compact({ints})",
             "concat({ints}, {ints})", "array_sort({ints})", "sequence({k}, 5)", "map_values({map})", "flatten(array({ints}, {ints}))",
             "zip_with({ints}, {ints}, (p, q) -> coalesce(p, q))", "transform({ints}, (e, o) -> o)"],
    "strings": ["split({string}, ',')", "array_sort({strings})", "map_keys({map})", "transform({strings}, e -> upper(e))",
                "array_distinct({strings})", "array({string}, {string})", "regexp_extract_all({string}, '([a-z])', 1)",
                "filter({strings}, e -> length(e) > 0)", "slice({strings}, 1, {k})"],
    "map": ["map_filter({map}, (key, v) -> v > 0)", "transform_values({map}, (key, v) -> v % 2)",
            "map('q', {int})", "map_from_arrays(array('o', 'p'), array({int}, {int}))"],
    "binary": ["encode({string}, 'UTF-8')", "unhex(hex({string}))", "CAST({string} AS BINARY)", "unbase64(base64({binary}))"],
}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def rows(self):
        """FROM (VALUES ...) with typed columns; half of the values are NULL in one row of four."""
        names = [name for group in COLUMNS.values() for name in group]
        kinds = [kind for kind, group in COLUMNS.items() for _ in group]
        lines = []
        for _ in range(6):
            rate = 0.5 if self.random.random() < 0.25 else 0.08
            values = ["NULL" if self.random.random() < rate else self.random.choice(VALUES[kind]) for kind in kinds]
            lines.append("(" + ", ".join(f"CAST({value} AS {TYPES[kind]})" for value, kind in zip(values, kinds)) + ")")
        return f"FROM VALUES {', '.join(lines)} AS t({', '.join(names)})"

    def make(self, kind, depth):
        chance = self.random.random()
        if depth <= 0 or chance < 0.15:
            if chance < 0.03:
                return self.random.choice(VALUES[kind])
            return self.random.choice(COLUMNS[kind])
        template = self.random.choice(RULES[kind])
        made = []
        for piece in template.split("{")[0:1] + ["{" + rest for rest in template.split("{")[1:]]:
            made.append(self.piece(piece, depth))
        return "(" + "".join(made) + ")"

    def piece(self, piece, depth):
        if not piece.startswith("{"):
            return piece
        name, rest = piece[1:].split("}", 1)
        if name == "k":
            return str(self.random.randint(1, 6)) + rest
        if name == "t":
            return self.random.choice(["'a'", "'l'", "','", "'ß'", "'日'", "'xy'"]) + rest
        return self.make(name, depth - 1) + rest

    def expression(self):
        return self.make(self.random.choice(list(RULES)), self.random.choice([1, 1, 2, 2, 3]))


def column(answer, index, count):
    """One column of a batch's answer, as an answer; nothing when a value has the separator in it."""
    rows = [row.split("\t") for row in answer["rows"]]
    if any(len(row) != count for row in rows):
        return None
    return {**answer, "rows": [row[index] for row in rows]}


def ask_batch(expressions, source, spark, ours, tally, seed):
    def query(parts):
        return "SELECT " + ", ".join(f"{each} AS c{i}" for i, each in enumerate(parts)) + " " + source

    theirs = spark.ask(query(expressions))
    mine = ours.ask(query(expressions))
    together = theirs["status"] == "ok" and mine["status"] == "ok"
    if together and verdict.judge(mine, theirs, ordered=True)[0] == "same":
        for each in expressions:
            tally.add(f"seed {seed}", each, "same", "")
        return
    for index, each in enumerate(expressions):
        alone = query([each])
        answer = column(theirs, index, len(expressions)) if theirs["status"] == "ok" else None
        if answer is not None:
            answer["schema"] = None
        else:
            answer = spark.ask(alone)
        one = ours.ask(alone)
        if answer.get("schema") is None and answer["status"] == "ok":
            # The types are in the batch's schema: asked again only where the values agree.
            outcome, why = verdict.judge({**one, "schema": None}, answer, ordered=True)
        else:
            outcome, why = verdict.judge(one, answer, ordered=True)
        tally.add(f"seed {seed}", alone if outcome == "different" else each, outcome, why)


def run(tally, spark, ours, seed, count):
    maker = Maker(seed)
    for _ in range(0, count, BATCH):
        source = maker.rows()
        ask_batch([maker.expression() for _ in range(min(BATCH, count))], source, spark, ours, tally, seed)
