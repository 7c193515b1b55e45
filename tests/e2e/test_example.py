"""examples/retail over its sample: the rows it must give, as it stands and with the way out."""

import pathlib
import shutil

from scenario import REPOSITORY, Scenario

EXAMPLE = REPOSITORY / "examples" / "retail"


class Retail(Scenario):
    def setUp(self):
        super().setUp()
        shutil.copytree(EXAMPLE, self.root / "retail",
                        ignore=shutil.ignore_patterns("lakehouse", "live"))

    def check_expected(self, case):
        """expected/<case>/<name>.sql asks, <name>.csv is the answer."""
        queries = sorted((EXAMPLE / "expected" / case).glob("*.sql"))
        self.assertGreater(len(queries), 3)
        for query in queries:
            with self.subTest(query.name):
                answer = self.ok("query", "retail", query.read_text(), "--format", "csv").out
                expected = pathlib.Path(query.with_suffix(".csv")).read_text()
                self.assertEqual(answer.replace("\r\n", "\n"), expected)

    def test_as_it_stands_silver_is_empty_and_the_reason_is_told(self):
        done = self.ok("run", "retail")
        self.check_expected("sample")
        for part in ("`line_items`", "`line_iems`", "29 of 29 records", "0 of"):
            self.assertIn(part, done.err, done)
        self.assertRegex(done.err, r"(?m)^retail/transformations/silver\.sql:29:9: warning: ")
        self.assertIn("   29 |         line_items ARRAY<STRUCT<", done.err)

    def test_the_log_tells_it_too(self):
        self.ok("run", "retail", "--log-file", "run.log")
        log = (self.root / "run.log").read_text()
        self.assertIn("line_items", log)
        self.assertIn("line_iems", log)

    def test_with_the_way_out_all_items_are_there(self):
        shutil.copy(EXAMPLE / "fixed" / "silver.sql", self.root / "retail/transformations/silver.sql")
        self.ok("run", "retail")
        self.check_expected("fixed")

    def test_the_way_out_after_the_fact_needs_a_full_refresh(self):
        self.ok("run", "retail")
        shutil.copy(EXAMPLE / "fixed" / "silver.sql", self.root / "retail/transformations/silver.sql")
        self.ok("run", "retail", "--full-refresh-all")
        self.check_expected("fixed")
