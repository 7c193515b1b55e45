"""What Spark answers, asked once and kept: a file outside of the repository, keyed by version and query."""

import hashlib
import json
import logging
import os
import pathlib

CONSTANT_FOLDING = "org.apache.spark.sql.catalyst.optimizer.ConstantFolding"
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.binaryOutputStyle": "HEX",
    # Evaluated as for the columns of a table, not folded away.
    "spark.sql.optimizer.excludedRules":
        f"{CONSTANT_FOLDING},"
        "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
}


def cache_folder():
    root = os.environ.get("ORESMITH_CACHE")
    base = pathlib.Path(root) if root else (
        pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "oresmith")
    folder = base / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class NoSpark(Exception):
    """An answer is not in the cache, and no Spark of that version is here to ask."""


class Spark:
    """A JVM, started when the first question is not in the cache."""

    def __init__(self, version):
        self.version = version
        self.session = None
        self.path = cache_folder() / f"spark-{version}.jsonl"
        self.random_path = cache_folder() / f"spark-{version}-random.jsonl"
        self.view = None  # that the session has now, with its zone
        self.known = {}
        self.settings = hashlib.sha256(json.dumps(SETTINGS).encode()).hexdigest()[:12]
        for path in (self.path, self.random_path):
            for line in path.read_text().splitlines() if path.is_file() else []:
                entry = json.loads(line)
                self.known[entry["key"]] = entry["answer"]

    def key(self, query):
        return hashlib.sha256(f"{self.settings}|{query}".encode("utf-8", "surrogatepass")).hexdigest()

    def start(self):
        if self.session is None:
            try:
                import pyspark.sql  # only here: a run from the cache needs none
            except ImportError as missing:
                raise NoSpark(f"Spark {self.version} is not set up (tools/setup-spark)") from missing
            if pyspark.__version__ != self.version:
                raise NoSpark(f"PySpark {pyspark.__version__} is here, not {self.version}")
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
        return self.session

    def stop(self):
        if self.session is not None:
            self.session.stop()
            self.session = None

    def ask(self, query):
        """{"status": "ok", "schema", "rows"} or {"status": "error", "class", "message", "analysis"}."""
        return self.remembered(self.path, query, lambda: self.run(query))

    def ask_over(self, zone, view, source, query):
        """The same for a query over a view, in a session of that time zone. Many queries share a view: it is made once,
        and Spark evaluates without generating code, so that a query takes milliseconds."""
        setting = f"{zone}|{view}|{source}"

        def run():
            if self.view != setting:
                session = self.start()
                session.conf.set("spark.sql.session.timeZone", zone)
                # Written without a detour over the Julian calendar and the zone of the machine.
                session.conf.set("spark.sql.datetime.java8API.enabled", "true")
                session.conf.set("spark.sql.optimizer.excludedRules", CONSTANT_FOLDING)
                session.sql(source).createOrReplaceTempView(view)
                self.view = setting
            return self.run(query)

        return self.remembered(self.random_path, f"{setting}|{query}", run)

    def remembered(self, path, question, run):
        key = self.key(question)
        if key not in self.known:
            answer = run()
            self.known[key] = answer
            with path.open("a") as cache:
                cache.write(json.dumps({"key": key, "answer": answer}) + "\n")
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
        java = getattr(error, "java_exception", None)
        return {"status": "error", "class": condition, "analysis": analysis,
                "message": str(java or error).strip().splitlines()[0][:500]}

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
