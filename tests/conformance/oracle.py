"""What Spark answers, asked once and kept: a file outside of the repository, keyed by version and query."""

import hashlib
import json
import logging
import os
import pathlib

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.binaryOutputStyle": "HEX",
    # Evaluated as for the columns of a table, not folded away.
    "spark.sql.optimizer.excludedRules":
        "org.apache.spark.sql.catalyst.optimizer.ConstantFolding,"
        "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
}


def cache_folder():
    root = os.environ.get("ORESMITH_CACHE")
    base = pathlib.Path(root) if root else (
        pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "oresmith")
    folder = base / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Spark:
    """A JVM, started when the first question is not in the cache."""

    def __init__(self, version):
        self.version = version
        self.session = None
        self.path = cache_folder() / f"spark-{version}.jsonl"
        self.known = {}
        self.settings = hashlib.sha256(json.dumps(SETTINGS).encode()).hexdigest()[:12]
        if self.path.is_file():
            for line in self.path.read_text().splitlines():
                entry = json.loads(line)
                self.known[entry["key"]] = entry["answer"]

    def key(self, query):
        return hashlib.sha256(f"{self.settings}|{query}".encode("utf-8", "surrogatepass")).hexdigest()

    def start(self):
        if self.session is None:
            import pyspark.sql  # only here: a run from the cache needs none
            logging.getLogger("SQLQueryContextLogger").disabled = True
            builder = (pyspark.sql.SparkSession.builder.master("local[1]")
                       .config("spark.driver.host", "127.0.0.1")
                       .config("spark.driver.bindAddress", "127.0.0.1")
                       .config("spark.driver.memory", "1g")
                       .config("spark.ui.enabled", "false")
                       .config("spark.ui.showConsoleProgress", "false")
                       .config("spark.log.level", "OFF")
                       .config("spark.sql.warehouse.dir", "/nonexistent"))
            for name, value in SETTINGS.items():
                builder = builder.config(name, value)
            self.session = builder.getOrCreate()
            if self.session.version != self.version:
                raise SystemExit(f"conformance: PySpark {self.session.version} runs, not {self.version}")
        return self.session

    def stop(self):
        if self.session is not None:
            self.session.stop()
            self.session = None

    def ask(self, query):
        """{"status": "ok", "schema", "rows"} or {"status": "error", "class", "message", "analysis"}."""
        key = self.key(query)
        if key not in self.known:
            answer = self.run(query)
            self.known[key] = answer
            with self.path.open("a") as cache:
                cache.write(json.dumps({"key": key, "query": query, "answer": answer}) + "\n")
        return self.known[key]

    def run(self, query):
        session = self.start()
        result = session._jvm.org.apache.spark.sql.execution.HiveResult
        try:
            frame = session._jsparkSession.sql(query)
            schema = frame.schema().catalogString()
        except Exception as error:
            return self.failure(error, True)
        try:
            rows = result.hiveResultString(frame.queryExecution().executedPlan())
            text = rows.mkString("\x1e")
            return {"status": "ok", "schema": schema, "rows": text.split("\x1e") if rows.size() else []}
        except Exception as error:
            return self.failure(error, False)

    @staticmethod
    def failure(error, analysis):
        condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        return {"status": "error", "class": condition, "analysis": analysis,
                "message": str(error).strip().splitlines()[0][:500]}

    def examples(self):
        """(function, query) of each example of DESCRIBE FUNCTION EXTENDED."""
        path = cache_folder() / f"examples-{self.version}.json"
        if not path.is_file():
            jvm = self.start()._jvm
            infos = jvm.org.apache.spark.sql.api.python.PythonSQLUtils.listBuiltinFunctionInfos()
            found = [[info.getName(), info.getExamples()] for info in infos]
            path.write_text(json.dumps(found))
        for name, text in json.loads(path.read_text()):
            for line in examples_of(text):
                yield name, line


def examples_of(text):
    """The queries behind `> `, which may go on over lines until a semicolon."""
    query = None
    for line in text.splitlines():
        stripped = line.strip()
        if query is None and stripped.startswith("> "):
            query = stripped[2:]
        elif query is not None:
            query += "\n" + stripped
        if query is not None and query.rstrip().endswith(";"):
            yield query.rstrip()[:-1]
            query = None
