"""Spark's own golden files: sql-tests/inputs and the answers recorded in sql-tests/results.

They are read from a copy of Spark's source that the caller has; nothing of them is kept here.
"""

import re

import verdict

# Other engines, Python functions, other meanings: nothing that a pipeline has.
SKIPPED = re.compile(r"^(nonansi|udf|udaf|udtf|scripting|binary_)|legacy|old-behavior|explain|timestampNTZ/timestamp-ansi|postgreSQL/interval|charvarchar|collation|identifiers-enabled")
QUERY = re.compile(r"\s*(\(|select\b|with\b|from\b|values\b|table\b|map\b|reduce\b)", re.I)
VIEW = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:global\s+)?(?:temp|temporary)?\s*view\s+(?:if\s+not\s+exists\s+)?"
    r"([\w.`]+)\s*(?:\(([^()]*)\))?\s+as\s+(.*)", re.I | re.S)
DROP = re.compile(r"\s*drop\s+(?:view|table)\s+(?:if\s+exists\s+)?([\w.`]+)", re.I)
ANSI_OFF = re.compile(r"^--\s*SET\s+.*ansi\.enabled\s*=\s*false|^SET\s+spark\.sql\.ansi\.enabled\s*=\s*false",
                      re.I | re.M)
SET_TIME_ZONE = re.compile(r"\s*(?:set\s+time\s+zone|set\s+spark\.sql\.session\.timezone\s*=?)\s+(.*)", re.I)
SETTING = re.compile(r"\s*set\s+(?!spark\.sql\.(shuffle|adaptive|cbo|autoBroadcast|codegen|optimizer(?!.*(legacy|incorrect))))", re.I)
# What Spark's suite makes before it runs the files.
TABLES = {
    "testdata": "SELECT CAST(id AS INT) AS key, CAST(id AS STRING) AS value FROM range(1, 101)",
    "arraydata": "SELECT * FROM VALUES (array(1, 2, 3), array(array(1, 2, 3))), "
                 "(array(2, 3, 4), array(array(2, 3, 4))) AS t(arraycol, nestedarraycol)",
}


def blocks(text):
    """(query, schema, output) of each."""
    for block in text.split("-- !query\n")[1:]:
        query, _, rest = block.partition("\n-- !query schema\n")
        schema, _, output = rest.partition("\n-- !query output\n")
        yield query.strip(), schema.strip(), output


def recorded(schema, output):
    """The recorded answer, in the form of an oracle's."""
    text = output.rstrip("\n")
    failed = re.match(r"([\w.]+(?:Exception|Error)\w*)\n", text + "\n")
    if failed:
        condition = re.search(r'"(?:errorClass|condition)" : "([^"]+)"', text)
        analysis = "Analysis" in failed.group(1) or "Parse" in failed.group(1)
        return {"status": "error", "class": condition.group(1) if condition else failed.group(1),
                "analysis": analysis}
    return {"status": "ok", "schema": schema, "rows": text.split("\n") if text else []}


def plain_name(name):
    return name.replace("`", "").split(".")[-1]


def define_views(ours):
    ours.define("ZAmerica/Los_Angeles")
    ours.define("X0")
    for name, query in TABLES.items():
        ours.define(f"V{name}\x1f\x1f{query}")


def as_recorded(rows):
    """A text with line ends looks like several rows there; #1, the name of an expression, is #x; no line ends in spaces,
    and lines of nothing else are not there."""
    lines = [line for row in rows for line in re.split(r"\r\n|[\r\n]", row)]
    return sorted(re.sub(r"#\d+", "#x", line).rstrip() for line in lines if line.strip())


def run_file(tally, group, text, ours):
    ours.reset()
    define_views(ours)
    for query, schema, output in blocks(text):
        view = VIEW.match(query)
        dropped = DROP.match(query)
        zone = SET_TIME_ZONE.match(query)
        if view:
            columns = ",".join(part.strip().split()[0] for part in (view.group(2) or "").split(",") if part.strip())
            ours.define(f"V{plain_name(view.group(1))}\x1f{columns}\x1f{view.group(3)}")
        elif dropped:
            ours.define("D" + plain_name(dropped.group(1)))
        elif zone or SETTING.match(query):
            return  # the recorded answers go on under another setting
        elif QUERY.match(query):
            theirs = recorded(schema, output)
            answer = ours.ask(query)
            outcome, why = verdict.judge(answer, theirs)
            if outcome == "different" and theirs["status"] == "ok" and answer["status"] == "ok":
                if as_recorded(answer["rows"]) == as_recorded(theirs["rows"]):
                    outcome, why = "same", ""
            tally.add(group, query, outcome, why)


def run(tally, folder, ours, only):
    """All files whose name has `only` in it."""
    for path in sorted((folder / "results").rglob("*.sql.out")):
        group = str(path.relative_to(folder / "results"))[:-len(".sql.out")]
        source = folder / "inputs" / f"{group}.sql"
        skipped = SKIPPED.search(group) or (source.is_file() and ANSI_OFF.search(source.read_text()))
        if only not in group or skipped:
            continue
        run_file(tally, group, path.read_text(), ours)
