"""Pipelines over a real broker: what is read, what is lost, who may log in, what is sent.

One broker for all cases. tools/run_tests.py --all runs this; without Java the reason is a skip.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import broker as kafka  # noqa: E402  (found by the path above)
from scenario import PROGRAM, Scenario  # noqa: E402

BROKER = None
FOLDER = tempfile.TemporaryDirectory(prefix="oresmith-kafka-")
LOGIN_SECONDS_MAX = 10


def setUpModule():
    global BROKER
    jars, reason = kafka.find_jars()
    if jars is None:
        raise unittest.SkipTest(reason)
    BROKER = kafka.Broker(pathlib.Path(FOLDER.name) / "broker")
    BROKER.start()


def tearDownModule():
    if BROKER is not None:
        BROKER.stop()
    FOLDER.cleanup()


class OverKafka(Scenario):
    def topic(self, partitions=1, name=None, **settings):
        name = name or f"t{random.getrandbits(40):x}"
        BROKER.make_topic(name, partitions, **settings)
        return name

    def url(self, topic, listener="PLAINTEXT"):
        return f"kafka://{BROKER.servers[listener]}/{topic}"

    def send(self, topic, lines, *more):
        self.write("lines.json", "".join(f"{line}\n" for line in lines))
        self.ok("produce", "--from", "lines.json", "--to", self.url(topic), *more)

    def pipeline(self, sql):
        self.write("p/pipeline.sql", sql)

    def source(self, topic, **options):
        options = {"startingOffsets": "earliest", **options}
        text = "".join(f", {name} => '{value}'" for name, value in options.items())
        return (f"read_kafka(bootstrapServers => '{BROKER.servers['PLAINTEXT']}', "
                f"subscribe => '{topic}'{text})")

    def rows(self, sql):
        out = self.ok("query", "p", sql, "--format", "json").out
        return [json.loads(line) for line in out.splitlines()]

    def peek(self, topic, *more):
        out = self.ok("peek", self.url(topic), "--count", 0, *more).out
        return [json.loads(line) for line in out.splitlines()]


class Reading(OverKafka):
    def test_messages_become_rows_once_and_go_on_after_a_restart(self):
        topic = self.topic(partitions=3)
        self.send(topic, (f'{{"id":{i}}}' for i in range(500)), "--key", "id")
        self.pipeline(f"""CREATE OR REFRESH STREAMING TABLE raw AS
            SELECT key::string AS k, from_json(value::string, 'id INT').id AS id, topic, partition, offset
            FROM STREAM {self.source(topic)};""")
        self.ok("run", "p")
        self.send(topic, (f'{{"id":{i}}}' for i in range(500, 700)), "--key", "id")
        self.ok("run", "p")
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT count(*) AS n, count(DISTINCT id) AS ids, "
                                   "count_if(k = id::string) AS keys, count(DISTINCT partition) AS p FROM raw"),
                         [{"n": 700, "ids": 700, "keys": 700, "p": 3}])
        offsets = sorted((self.root / "p/lakehouse").glob("_checkpoints/*/*/raw/raw/0/offsets/*"))
        planned = json.loads(offsets[-1].read_text().splitlines()[2])
        self.assertEqual(sum(planned[topic].values()), 700)

    # The default start is the end of the topic: it must be noted at once, or what comes between the
    # first run and the second would be passed over.
    def test_the_latest_offset_is_fixed_by_the_first_run(self):
        topic = self.topic()
        self.send(topic, ['{"id":1}'])
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT value::string AS v "
                      f"FROM STREAM {self.source(topic, startingOffsets='latest')};")
        self.ok("run", "p")
        self.send(topic, ['{"id":2}'])
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT v FROM raw"), [{"v": '{"id":2}'}])

    def test_a_limit_makes_epochs_and_loses_nothing(self):
        topic = self.topic(partitions=2)
        self.send(topic, (f'{{"id":{i}}}' for i in range(100)), "--key", "id")
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT offset "
                      f"FROM STREAM {self.source(topic, maxOffsetsPerTrigger=30)};")
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT count(*) AS n FROM raw"), [{"n": 100}])
        epochs = list((self.root / "p/lakehouse").glob("_checkpoints/*/*/raw/raw/0/offsets/*"))
        self.assertGreaterEqual(len(epochs), 4)

    def test_a_partition_that_is_added_is_read_from_its_start(self):
        topic = self.topic()
        self.send(topic, ['{"id":1}'])
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT partition FROM STREAM "
                      f"{self.source(topic)};")
        run = self.start("run", "p", "--continuous")
        self.wait_for("SELECT count(*) AS n FROM raw", [{"n": 1}])
        BROKER.topics("--alter", "--topic", topic, "--partitions", 4)
        self.send(topic, (f'{{"id":{i}}}' for i in range(200)), "--key", "id")
        self.wait_for("SELECT count(*) AS n, count(DISTINCT partition) AS p FROM raw",
                      [{"n": 201, "p": 4}])
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)

    def wait_for(self, sql, expected):
        end = time.monotonic() + 60
        while True:
            done = self.call("query", "p", sql, "--format", "json")
            found = [json.loads(line) for line in done.out.splitlines()] if done.code == 0 else None
            if found == expected:
                return
            self.assertLess(time.monotonic(), end, f"{found}, not {expected}")
            time.sleep(0.2)

    def test_tombstones_empty_and_large_messages_come_as_they_are(self):
        topic = self.topic(max_message_bytes=11 << 20)
        large = "x" * (10 << 20)
        self.send(topic, [json.dumps({"t": large})], "--option", "message.max.bytes=11534336")
        for compression in ("gzip", "snappy", "lz4", "zstd"):
            self.send(topic, [f'{{"by":"{compression}"}}'] * 10, "--option", f"compression.type={compression}")
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT length(value) AS n, "
                      f"from_json(value::string, '`by` STRING').`by` AS way FROM STREAM {self.source(topic)};")
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT max(n) AS most, count(*) AS n, count(DISTINCT way) AS ways FROM raw"),
                         [{"most": len(large) + len('{"t": ""}'), "n": 41, "ways": 4}])

    def test_a_batch_reads_between_two_offsets(self):
        topic = self.topic()
        self.send(topic, (f'{{"id":{i}}}' for i in range(10)))
        self.pipeline("CREATE OR REFRESH MATERIALIZED VIEW v AS SELECT 1 AS one;")
        first, last = json.dumps({topic: {"0": 3}}), json.dumps({topic: {"0": 6}})
        read = self.source(topic, startingOffsets=first, endingOffsets=last)
        self.assertEqual(self.rows(f"SELECT offset FROM {read} ORDER BY offset"),
                         [{"offset": 3}, {"offset": 4}, {"offset": 5}])

    # What lies behind the end of one partition must not stand in the way of the other.
    def test_a_batch_ends_in_the_middle_of_a_large_topic(self):
        topic = self.topic(partitions=2)
        self.ok("produce", "retail", "--to", self.url(topic), "--key", "customer_id", "--count", 40000)
        self.pipeline("CREATE OR REFRESH MATERIALIZED VIEW v AS SELECT 1 AS one;")
        everything = self.rows(f"SELECT partition, count(*) AS n FROM {self.source(topic)} GROUP BY partition "
                               "ORDER BY partition")
        self.assertEqual(sum(each["n"] for each in everything), 40000)
        for cut in (0, 1):
            last = json.dumps({topic: {str(cut): 1, str(1 - cut): -1}})
            found = self.rows(f"SELECT partition, count(*) AS n FROM {self.source(topic, endingOffsets=last)} "
                              "GROUP BY partition ORDER BY partition")
            everything_else = everything[1 - cut]
            self.assertCountEqual(found, [{"partition": cut, "n": 1}, everything_else])

    # As a crash leaves it: an epoch that was planned, and never committed.
    def test_a_planned_epoch_is_run_as_planned_and_the_rest_follows(self):
        topic = self.topic()
        self.send(topic, (f'{{"id":{i}}}' for i in range(10)))
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT offset FROM STREAM {self.source(topic)};")
        self.ok("run", "p")
        self.send(topic, (f'{{"id":{i}}}' for i in range(10, 30)))
        offsets = next((self.root / "p/lakehouse").glob("_checkpoints/*/*/raw/raw/0/offsets"))
        head = (offsets / "0").read_text().splitlines()[:2]
        (offsets / "1").write_text("\n".join([*head, json.dumps({topic: {"0": 15}})]) + "\n")
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT count(*) AS n, count(DISTINCT offset) AS d FROM raw"),
                         [{"n": 30, "d": 30}])
        self.assertIn('"0":30', (offsets / "2").read_text())

    def test_a_record_that_is_no_json_is_found_in_quarantine_by_its_offset(self):
        topic = self.topic()
        self.send(topic, ['{"id":1}', '{"id":-2}'])
        self.pipeline(f"""CREATE OR REFRESH STREAMING TABLE raw (
              CONSTRAINT positive EXPECT (id > 0) ON VIOLATION DROP ROW) AS
            SELECT from_json(value::string, 'id INT').id AS id FROM STREAM {self.source(topic)};""")
        self.ok("run", "p")
        self.assertEqual(self.rows("SELECT file, line FROM raw__quarantine"),
                         [{"file": f"{topic}[0]", "line": 1}])


class Losing(OverKafka):
    def lose(self, **options):
        topic = self.topic()
        self.send(topic, (f'{{"id":{i}}}' for i in range(10)))
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT offset FROM STREAM "
                      f"{self.source(topic, **options)};")
        self.ok("run", "p")
        self.send(topic, (f'{{"id":{i}}}' for i in range(10, 20)))
        BROKER.delete_records(topic, 0, 15)
        return topic

    def test_deleted_messages_fail_the_flow_with_their_number(self):
        self.lose()
        done = self.refused(1, "run", "p")
        self.assertRegex(done.err, r"offsets 10 to 14 were deleted .* 5 messages are lost")
        self.assertIn("failOnDataLoss", done.err)

    def test_deleted_messages_are_passed_over_where_that_is_wished(self):
        self.lose(failOnDataLoss="false")
        done = self.ok("run", "p")
        self.assertIn("5 messages are lost", done.out + done.err)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM raw"), [{"n": 15}])

    def test_a_topic_that_was_made_anew_is_noticed(self):
        topic = self.topic()
        self.send(topic, (f'{{"id":{i}}}' for i in range(10)))
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT offset FROM STREAM {self.source(topic)};")
        self.ok("run", "p")
        BROKER.topics("--delete", "--topic", topic)
        time.sleep(1)
        self.topic(name=topic)
        self.send(topic, ['{"id":1}'])
        self.assertIn("made anew or cut", self.refused(1, "run", "p").err)


class LoggingIn(OverKafka):
    """What is wrong is named, within ten seconds."""

    def look(self, topic, listener, *options):
        words = [word for option in options for word in ("--option", option)]
        begin = time.monotonic()
        done = self.call("peek", self.url(topic, listener), "--count", 1, *words)
        self.assertLess(time.monotonic() - begin, LOGIN_SECONDS_MAX, done)
        return done

    @classmethod
    def setUpClass(cls):
        BROKER.make_topic("secured")
        cls.tls = ["security.protocol=SSL", f"ssl.ca.location={BROKER.certificates}/ca.pem"]
        cls.plain = ["sasl.mechanism=PLAIN", f"sasl.username={BROKER.user}"]

    def test_tls_with_pem_files_and_with_pem_text(self):
        pem = (BROKER.certificates / "ca.pem").read_text().replace("\n", "\\n")
        for options in (self.tls, ["security.protocol=SSL", "ssl.truststore.type=PEM",
                                   f"ssl.truststore.certificates={pem}"]):
            done = self.look("secured", "SSL", *options)
            self.assertEqual(done.code, 0, done)

    def test_a_login_by_jaas_string_over_tls(self):
        done = self.look("secured", "SASL_SSL", "security.protocol=SASL_SSL", self.tls[1], "sasl.mechanism=PLAIN",
                         "sasl.jaas.config=kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule "
                         f'required username="{BROKER.user}" password="{BROKER.password}";')
        self.assertEqual(done.code, 0, done)

    # librdkafka before 2.6.1 cannot do it with brokers of Kafka 4, and then says so.
    def test_scram_works_or_says_why_it_cannot(self):
        done = self.look("secured", "SASL_SSL", "security.protocol=SASL_SSL", self.tls[1],
                         "sasl.mechanism=SCRAM-SHA-512", f"sasl.username={BROKER.user}",
                         f"sasl.password={BROKER.password}")
        if done.code != 0:
            self.assertIn("librdkafka before 2.6.1", done.err)

    def test_a_wrong_password_is_named_and_not_shown(self):
        done = self.look("secured", "SASL_PLAINTEXT", "security.protocol=SASL_PLAINTEXT", *self.plain,
                         "sasl.password=hunter2")
        self.assertIn("refused the login", done.err)
        self.assertNotIn("hunter2", done.err + done.out)

    def test_a_wrong_authority_is_named(self):
        kafka.make_authority(self.root, "other")
        done = self.look("secured", "SSL", "security.protocol=SSL", f"ssl.ca.location={self.root}/other.pem")
        self.assertIn("not signed by the given authority", done.err)

    def test_an_unknown_topic_is_named(self):
        self.assertIn("topic secure: there is no such topic", self.look("secure", "PLAINTEXT").err)

    def test_a_broker_that_is_not_there_is_named(self):
        done = self.call("peek", f"kafka://127.0.0.1:{kafka.free_port()}/t")
        self.assertIn("no broker answers", done.err)

    def test_a_dry_run_needs_no_broker_and_shows_no_secret(self):
        self.pipeline("CREATE OR REFRESH STREAMING TABLE raw AS SELECT * FROM STREAM read_kafka("
                      "bootstrapServers => '127.0.0.1:1', subscribe => 't', `kafka.sasl.jaas.config` => "
                      "'x.PlainLoginModule username=\"u\" password=\"hunter2\";');")
        done = self.refused(2, "dry-run", "p")
        self.assertIn("sasl.jaas.config", done.err)
        self.assertNotIn("hunter2", done.err + done.out)


class OtherBrokers(OverKafka):
    """Brokers of their own, whose certificates are no good, or which give no right."""

    def says(self, expected, **wrong):
        with kafka.Broker(self.root / "broker", **wrong) as other:
            begin = time.monotonic()
            done = self.call("peek", f"kafka://{other.servers['SSL']}/t", "--option", "security.protocol=SSL",
                             "--option", f"ssl.ca.location={other.certificates}/ca.pem")
            self.assertLess(time.monotonic() - begin, LOGIN_SECONDS_MAX)
            self.assertIn(expected, done.err)

    def test_another_host_name_is_named(self):
        self.says("for another host name", certificate_name="DNS:elsewhere")

    def test_an_expired_certificate_is_named(self):
        self.says("has expired", certificate_days="-1")

    def test_a_missing_right_is_named(self):
        rights = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                  "super.users": "User:ANONYMOUS"}
        with kafka.Broker(self.root / "broker", settings=rights) as other:
            other.make_topic("closed")
            begin = time.monotonic()
            done = self.call("peek", f"kafka://{other.servers['SASL_PLAINTEXT']}/closed", "--option",
                             "security.protocol=SASL_PLAINTEXT", "--option", "sasl.mechanism=PLAIN", "--option",
                             f"sasl.username={other.user}", "--option", f"sasl.password={other.password}")
            self.assertLess(time.monotonic() - begin, LOGIN_SECONDS_MAX)
            self.assertIn("gives no right to it (ACL)", done.err)

    def test_a_missing_client_certificate_is_named(self):
        self.says("wants a client certificate", settings={"ssl.client.auth": "required"})


class Sending(OverKafka):
    def publish(self, source, target, more=""):
        self.pipeline(f"""
            CREATE OR REFRESH STREAMING TABLE raw AS
            SELECT key, value, offset FROM STREAM {self.source(source)};
            CREATE SINK out USING kafka OPTIONS ('bootstrapServers' = '{BROKER.servers['PLAINTEXT']}',
              'topic' = '{target}'{more});
            CREATE FLOW publish AS INSERT INTO out BY NAME
            SELECT key, value, array(struct('offset' AS key, offset::string::binary AS value)) AS headers
            FROM STREAM raw;""")

    def test_rows_become_messages_with_keys_and_headers(self):
        source, target = self.topic(), self.topic(partitions=3)
        self.send(source, (f'{{"id":{i}}}' for i in range(50)), "--key", "id")
        self.publish(source, target)
        self.ok("run", "p")
        self.ok("run", "p")
        sent = self.peek(target)
        self.assertEqual(sorted(message["value"]["id"] for message in sent), list(range(50)))
        for message in sent:
            self.assertEqual(message["key"], str(message["value"]["id"]))
            self.assertEqual(message["headers"], {"offset": str(message["value"]["id"])})

    def test_without_transactions_the_epoch_is_in_the_headers(self):
        source, target = self.topic(), self.topic()
        self.send(source, ['{"id":1}'])
        self.publish(source, target, ", 'delivery' = 'at-least-once'")
        self.ok("run", "p")
        self.assertEqual(self.peek(target)[0]["headers"]["oresmith-epoch"], "0")

    def test_a_sink_is_checked_before_anything_runs(self):
        self.pipeline(f"CREATE OR REFRESH STREAMING TABLE raw AS SELECT offset FROM STREAM {self.source('t')};"
                      "CREATE SINK out USING kafka OPTIONS ('bootstrapServers' = 'x:1', 'topic' = 't');"
                      "CREATE FLOW f AS INSERT INTO out BY NAME SELECT offset AS value FROM STREAM raw;")
        self.assertIn("Kafka takes STRING or BINARY", self.refused(2, "dry-run", "p").err)


class Examples(OverKafka):
    """Each by its one command, on this broker."""

    def demo(self, name, orders=2000):
        environment = {**self.environment(), **BROKER.environment(), "ORDERS": str(orders),
                       "PATH": f"{pathlib.Path(PROGRAM).resolve().parent}:{os.environ['PATH']}"}
        done = subprocess.run([kafka.ROOT / "examples" / name / "demo.sh", self.root / "p"], text=True,
                              env=environment, capture_output=True, check=False, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def call(self, *arguments, **options):
        os.environ.update({**BROKER.environment(), "KAFKA_CA": str(BROKER.certificates / "ca.pem")})
        return super().call(*arguments, **options)

    def test_restaurant_has_two_columns_a_dish(self):
        self.topic(partitions=2, name="restaurant-sales")
        self.demo("restaurant")
        found = self.rows("""SELECT count(*) AS n, count_if(amount = Masala_Dosa_Q * Masala_Dosa_P + Idli_Q * Idli_P
            + Idli_Vada_Q * Idli_Vada_P + Poori_Q * Poori_P + Chapati_Q * Chapati_P + Plain_Dosa_Q * Plain_Dosa_P
            + Tea_Q * Tea_P + Coffee_Q * Coffee_P + Cold_Drink_Q * Cold_Drink_P + Lassi_Q * Lassi_P) AS sums
            FROM restaurant_sales.sales_transformed_mv""")[0]
        self.assertGreater(found["n"], 1900)
        self.assertGreater(found["sums"], 1900)

    def test_retail_sends_each_order_of_chicago_back(self):
        self.topic(partitions=3, name="retail-data-new")
        self.topic(partitions=3, name="processed_orders")
        self.demo("retail-kafka")
        wanted = self.rows("SELECT key FROM bronze.retail_raw WHERE "
                           "from_json(value, 'city STRING').city = 'Chicago'")
        sent = self.peek("processed_orders", "--option", "isolation.level=read_committed")
        self.assertGreater(len(wanted), 10)
        self.assertEqual(sorted(each["key"] for each in sent), sorted(each["key"] for each in wanted))

    def test_ecommerce_has_each_order_once(self):
        self.topic(partitions=2, name="ecommerce-orders")
        self.demo("ecommerce-eventhubs")
        self.assertEqual(self.rows("SELECT count(*) - count(DISTINCT order_id) AS twice, count_if(amount < 0) AS bad "
                                   "FROM silver.ecommerce_orders"), [{"twice": 0, "bad": 0}])
        self.assertEqual(self.rows("SELECT sum(orders) AS n FROM gold.sales_per_category"),
                         self.rows("SELECT count(*) AS n FROM silver.ecommerce_orders"))


class Killed(OverKafka):
    """Kafka to Delta to Kafka, while the process and the broker are killed: each order once."""
    KILLS = int(os.environ.get("ORESMITH_KAFKA_KILLS", "6"))
    ORDERS = int(os.environ.get("ORESMITH_KAFKA_ORDERS", "20000"))

    def test_every_order_arrives_once(self):
        moments = random.Random(7)
        source, target = self.topic(partitions=2), self.topic(partitions=3)
        self.pipeline(f"""
            CREATE OR REFRESH STREAMING TABLE raw AS
            SELECT key, value, partition, offset FROM STREAM {self.source(source, maxOffsetsPerTrigger=500)};
            CREATE OR REFRESH STREAMING TABLE silver AS
            SELECT from_json(value::string, 'n INT').n AS n, value FROM STREAM raw;
            CREATE OR REFRESH MATERIALIZED VIEW gold AS SELECT n % 10 AS d, count(*) AS c FROM silver GROUP BY n % 10;
            CREATE SINK out USING kafka OPTIONS ('bootstrapServers' = '{BROKER.servers['PLAINTEXT']}',
              'topic' = '{target}');
            CREATE FLOW publish AS INSERT INTO out BY NAME SELECT n::string AS key, value FROM STREAM silver;""")
        self.write("orders.json", "".join(f'{{"n":{n}}}\n' for n in range(self.ORDERS)))
        producer = self.start("produce", "--from", "orders.json", "--to", self.url(source), "--key", "n",
                              "--rate", max(self.ORDERS // (2 * self.KILLS), 1))
        for kill in range(self.KILLS):
            run = subprocess.Popen([PROGRAM, "run", "p", "--continuous"], cwd=self.root,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(moments.uniform(0.5, 2.5))
            if kill == self.KILLS // 2:
                BROKER.kill()
                BROKER.start()
                BROKER.topics("--alter", "--topic", source, "--partitions", 4)
            run.kill()
            run.wait()
        _, errors = producer.communicate(timeout=120)
        self.assertEqual(producer.returncode, 0, errors)
        self.ok("run", "p")
        everything = [{"n": self.ORDERS, "different": self.ORDERS, "least": 0, "most": self.ORDERS - 1}]
        self.assertEqual(self.rows("SELECT count(*) AS n, count(DISTINCT n) AS different, min(n) AS least, "
                                   "max(n) AS most FROM silver"), everything)
        self.assertEqual(self.rows("SELECT sum(c) AS n FROM gold"), [{"n": self.ORDERS}])
        sent = self.peek(target, "--option", "isolation.level=read_committed")
        self.assertEqual(sorted(message["value"]["n"] for message in sent), list(range(self.ORDERS)))


if __name__ == "__main__":
    unittest.main()
