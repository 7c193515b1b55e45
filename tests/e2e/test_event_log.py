"""The event log answers what people ask Databricks' log: the queries are theirs."""

import collections

from scenario import Scenario

SQL = """\
CREATE OR REFRESH STREAMING TABLE orders (
  CONSTRAINT has_id EXPECT (id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT is_small EXPECT (amount < 100)
) AS SELECT * FROM STREAM read_files('in', format => 'json', schema => 'id INT, amount INT');
CREATE OR REFRESH MATERIALIZED VIEW total AS SELECT sum(amount) AS amount FROM orders;
"""
LATEST = """(SELECT origin.update_id AS id FROM event_log(TABLE(orders))
             WHERE event_type = 'create_update' ORDER BY timestamp DESC LIMIT 1)"""


class EventLog(Scenario):
    def setUp(self):
        super().setUp()
        self.write("p.sql", SQL)
        self.write("in/1.json", '{"id": 1, "amount": 5}\n{"amount": 6}\n{"id": 3, "amount": 700}\n')

    def test_rows_and_rules_add_up_over_the_updates(self):
        self.ok("run")
        self.write("in/2.json", '{"id": 4, "amount": 5}\n')
        self.ok("run")
        rules = self.rows("""
            SELECT rule.dataset, rule.name, sum(rule.passed_records) AS passing, sum(rule.failed_records) AS failing
            FROM (SELECT explode(from_json(details:flow_progress:data_quality:expectations,
                    "array<struct<name: string, dataset: string, passed_records: int, failed_records: int>>")) AS rule
                  FROM event_log() WHERE event_type = 'flow_progress')
            GROUP BY rule.dataset, rule.name ORDER BY rule.name""")
        self.assertEqual(rules, [
            {"dataset": "orders", "name": "has_id", "passing": 3, "failing": 1},
            {"dataset": "orders", "name": "is_small", "passing": 3, "failing": 1}])
        self.assertEqual(3, self.value("""
            SELECT sum(details:flow_progress.metrics.num_output_rows::int) FROM event_log()
            WHERE event_type = 'flow_progress' AND origin.flow_name = 'orders'"""))

    def test_the_graph_can_be_drawn_from_the_newest_update(self):
        self.ok("run")
        self.ok("run")
        edges = self.rows(f"""
            SELECT details:flow_definition.output_dataset AS output, details:flow_definition.input_datasets AS inputs
            FROM event_log(), {LATEST} AS latest
            WHERE event_type = 'flow_definition' AND origin.update_id = latest.id ORDER BY output""")
        self.assertEqual(edges, [{"output": "orders", "inputs": "[]"},
                                 {"output": "total", "inputs": '["orders"]'}])

    def test_a_view_says_how_it_was_refreshed(self):
        self.ok("run")
        self.assertEqual("MAINTENANCE_TYPE_COMPLETE_RECOMPUTE", self.value("""
            SELECT details:planning_information.technique_information[0].maintenance_type FROM event_log()
            WHERE event_type = 'planning_information' AND origin.dataset_name = 'total'"""))

    def test_a_failure_has_its_reason_and_what_follows_is_skipped(self):
        self.ok("run")
        self.write("p.sql", SQL.replace("(amount < 100)", "(amount < 100) ON VIOLATION FAIL UPDATE"))
        self.write("in/2.json", '{"id": 9, "amount": 900}\n')
        self.refused(1, "run")
        failed = self.rows("""
            SELECT level, error.exceptions[0].message AS message FROM event_log()
            WHERE details:flow_progress.status = 'FAILED'""")
        self.assertEqual([row["level"] for row in failed], ["ERROR"])
        self.assertIn("is_small", failed[0]["message"])
        states = self.rows("""
            SELECT details:update_progress.state AS state FROM event_log()
            WHERE event_type = 'update_progress' ORDER BY sequence.data_plane_id.seq_no""")
        self.assertEqual([row["state"] for row in states], ["RUNNING", "COMPLETED", "RUNNING", "FAILED"])
        statuses = self.rows("""
            SELECT origin.flow_name AS flow, details:flow_progress.status AS status FROM event_log()
            WHERE event_type = 'flow_progress' ORDER BY sequence.data_plane_id.seq_no""")
        last = {row["flow"]: row["status"] for row in statuses}
        self.assertEqual(last, {"orders": "FAILED", "total": "SKIPPED"})

    def test_ids_and_sequence_are_each_there_once(self):
        for _ in range(3):
            self.ok("run")
        rows = self.rows("SELECT id, sequence.data_plane_id.seq_no AS n, origin.pipeline_id AS p FROM event_log()")
        for name in ("id", "n"):
            doubled = [key for key, count in collections.Counter(row[name] for row in rows).items() if count > 1]
            self.assertEqual(doubled, [])
        self.assertEqual(len({row["p"] for row in rows}), 1)

    def test_what_is_asked_wrongly_says_how_to_ask(self):
        failure = self.refused(2, "query", ".", "SELECT * FROM event_log()").err
        self.assertIn("has not run yet", failure)
        self.ok("run")
        self.assertIn("there is no table or view ordrs",
                      self.refused(2, "query", ".", "SELECT * FROM event_log(TABLE(ordrs))").err)
        self.assertIn("is not the id of this pipeline",
                      self.refused(2, "query", ".", "SELECT * FROM event_log('elsewhere')").err)
