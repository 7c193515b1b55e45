"""AUTO CDC gives the same table whatever the order in which changes come, cut into any updates: a
plain model of the changes, replayed one by one in their sequence, says which."""

import json
import random

from scenario import Scenario

SQL = """\
CREATE OR REFRESH STREAMING TABLE newest;
CREATE FLOW newest_cdc AS AUTO CDC INTO newest
FROM STREAM read_files('in', format => 'json', schema => 'k INT, v STRING, w INT, op STRING, n INT')
KEYS (k) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY n COLUMNS * EXCEPT (op, n);

CREATE OR REFRESH STREAMING TABLE history;
CREATE FLOW history_cdc AS AUTO CDC INTO history
FROM STREAM read_files('in', format => 'json', schema => 'k INT, v STRING, w INT, op STRING, n INT')
KEYS (k) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY n COLUMNS * EXCEPT (op, n)
STORED AS SCD TYPE 2 TRACK HISTORY ON * EXCEPT (w);
"""


def model(changes):
    """The newest row and the history of each key."""
    newest, history = [], []
    for key in sorted({change["k"] for change in changes}):
        rows, live = [], None
        for change in sorted((c for c in changes if c["k"] == key), key=lambda c: c["n"]):
            deleted = change["op"] == "D"
            same = live is not None and not deleted and live["v"] == change["v"]
            if same:
                live["w"] = change["w"]  # not tracked: it changes within the row
                continue
            if live is not None:
                live["__END_AT"] = change["n"]
            live = None if deleted else {"k": key, "v": change["v"], "w": change["w"],
                                         "__START_AT": change["n"], "__END_AT": None}
            if live is not None:
                rows.append(live)
        history += rows
        if live is not None:
            newest.append({name: live[name] for name in ("k", "v", "w")})
    return newest, history


class AnyOrder(Scenario):
    def test_changes_in_any_order_and_any_updates(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.check(random.Random(seed), f"p{seed}")

    def check(self, dice, folder):
        # No two changes of a key have the same place in the sequence: which wins is not defined.
        places = dice.sample([(key, n) for key in range(5) for n in range(40)], 90)
        changes = [{"k": key, "v": dice.choice(["a", "b", None]), "w": dice.randrange(3),
                    "op": dice.choice(["U", "U", "U", "D"]), "n": n} for key, n in places]
        self.write(f"{folder}/p.sql", SQL)
        (self.root / folder / "in").mkdir()
        given = []
        while len(given) < len(changes):
            part = changes[len(given):len(given) + dice.randrange(1, 60)]
            given += part
            self.write(f"{folder}/in/{len(given)}.json",
                       "".join(json.dumps(change) + "\n" for change in part))
            self.ok("run", folder)
            newest, history = model(given)
            self.assertEqual(self.rows("SELECT * FROM newest ORDER BY k", folder), newest)
            self.assertEqual(
                self.rows("SELECT * FROM history ORDER BY k, __START_AT", folder), history)


TWO = """\
CREATE OR REFRESH STREAMING TABLE orders;
CREATE FLOW {} AS INSERT INTO orders BY NAME
SELECT * FROM STREAM read_files('web', format => 'json', schema => 'id INT');
CREATE FLOW shop AS INSERT INTO orders BY NAME
SELECT * FROM STREAM read_files('shop', format => 'json', schema => 'id INT');
"""


class Names(Scenario):
    def setUp(self):
        super().setUp()
        self.write("web/1.json", '{"id": 1}\n')
        self.write("shop/1.json", '{"id": 2}\n')
        self.write("p.sql", TWO.format("web"))
        self.ok("run")

    def ids(self):
        return sorted(row["id"] for row in self.rows("SELECT id FROM orders"))

    def test_a_renamed_flow_is_asked_about_and_nothing_is_read_twice(self):
        self.write("p.sql", TWO.format("online"))
        done = self.refused(2, "run")
        self.assertIn("flow online is new, and flow web, which filled the table before, is gone", done.err)
        self.assertIn("--rename-flow web=online", done.err)
        self.assertEqual(self.ids(), [1, 2])
        self.ok("run", ".", "--rename-flow", "web=online")
        self.assertEqual(self.ids(), [1, 2])
        self.write("web/2.json", '{"id": 3}\n')
        self.ok("run")
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_another_flow_reads_from_the_start_when_it_is_said_to_be_new(self):
        self.write("p.sql", TWO.format("online"))
        self.ok("run", ".", "--new-flow", "online")
        self.assertEqual(self.ids(), [1, 1, 2])
        self.ok("run")
        self.assertEqual(self.ids(), [1, 1, 2])

    def test_a_full_refresh_needs_no_answer(self):
        self.write("p.sql", TWO.format("online"))
        self.ok("run", ".", "--full-refresh", "orders")
        self.assertEqual(self.ids(), [1, 2])

    def test_a_flow_that_was_taken_away_for_a_while_goes_on_where_it_stopped(self):
        self.write("p.sql", TWO.format("web").split("CREATE FLOW shop")[0])
        self.write("shop/2.json", '{"id": 4}\n')
        self.ok("run")
        self.assertEqual(self.ids(), [1, 2])
        self.write("p.sql", TWO.format("web") + TWO.format("third").split(";\n")[1].replace("'web'", "'third'") + ";\n")
        self.write("third/1.json", '{"id": 5}\n')
        self.ok("run")
        self.assertEqual(self.ids(), [1, 2, 4, 5])

    def test_what_is_no_pair_of_names(self):
        self.assertIn("is not OLD=NEW", self.refused(2, "run", ".", "--rename-flow", "web").err)
