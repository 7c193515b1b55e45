#!/usr/bin/env python3
"""A real Kafka broker (KRaft, one node) for tests and examples: made in a folder, gone with it.

    with Broker(folder) as broker:
        broker.make_topic("orders", partitions=3)
        broker.servers["PLAINTEXT"]

As a program it runs a command beside a broker, and ends the broker with it; the command finds the broker
in KAFKA_SERVERS, and for TLS and logins in KAFKA_SSL_SERVERS, KAFKA_SASL_SSL_SERVERS, KAFKA_CERTIFICATES
(a folder with ca.pem, service.cert, service.key), KAFKA_USER and KAFKA_PASSWORD:

    broker.py [--topic NAME:PARTITIONS]... COMMAND...

ORESMITH_KAFKA_JARS names the jars, else tools/setup-kafka --print.
"""

import argparse
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 120
LISTENERS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
LOG4J = """<?xml version="1.0"?><Configuration status="ERROR"><Appenders><Console name="C">
<PatternLayout pattern="%d %p %m (%c)%n"/></Console></Appenders><Loggers><Root level="{level}">
<AppenderRef ref="C"/></Root></Loggers></Configuration>"""


def find_jars():
    """The folder of jars, or the reason why there is none."""
    if "ORESMITH_KAFKA_JARS" in os.environ:
        return os.environ["ORESMITH_KAFKA_JARS"], ""
    asked = subprocess.run([ROOT / "tools/setup-kafka", "--print"], capture_output=True, text=True,
                           check=False)
    text = asked.stdout.strip()
    return (text.split("=", 1)[1], "") if asked.returncode == 0 else (None, text)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name="ca"):
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=test CA",
            "-keyout", f"{name}.key", "-out", f"{name}.pem")


def make_certificate(folder, name, alternative, days="30"):
    """Signed by ca.pem: <name>.key and <name>.cert. `days` may be in the past."""
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
            f"{name}.key", "-out", f"{name}.csr")
    (folder / "extensions").write_text(f"subjectAltName={alternative}\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", days, "-extfile", "extensions", "-out", f"{name}.cert")


class Broker:
    def __init__(self, folder, certificate_name="DNS:localhost,IP:127.0.0.1", certificate_days="30",
                 settings=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificates = self.folder / "tls"
        self.jars, reason = find_jars()
        if self.jars is None:
            raise RuntimeError(reason)
        self.user, self.password = "ada", secrets.token_urlsafe(12)
        self.ports = {name: free_port() for name in (*LISTENERS, "CONTROLLER")}
        self.servers = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        self.process = None
        self.certificates.mkdir()
        make_authority(self.certificates)
        make_certificate(self.certificates, "broker", certificate_name, certificate_days)
        make_certificate(self.certificates, "service", "DNS:service")
        store = self.certificates / "broker.pem"
        store.write_text((self.certificates / "broker.key").read_text() +
                         (self.certificates / "broker.cert").read_text())
        self.write_settings(store, settings or {})
        for level in ("INFO", "ERROR"):
            (self.folder / f"log4j-{level}.xml").write_text(LOG4J.format(level=level))
        self.java("ERROR", "kafka.tools.StorageTool", "format", "-t", self.cluster_id(), "-c",
                  self.folder / "server.properties", "--standalone", "--add-scram",
                  f"SCRAM-SHA-256=[name={self.user},password={self.password}]", "--add-scram",
                  f"SCRAM-SHA-512=[name={self.user},password={self.password}]")

    @staticmethod
    def cluster_id():
        # Base64 of sixteen bytes, which must not begin with a dash.
        return "A" + re.sub(r"[^A-Za-z0-9]", "b", secrets.token_urlsafe(16))[1:22]

    def write_settings(self, store, settings):
        listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in self.ports.items())
        plain = ("org.apache.kafka.common.security.plain.PlainLoginModule required "
                 f'user_{self.user}="{self.password}";')
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        values = {
            "process.roles": "broker,controller", "node.id": 1,
            "controller.quorum.bootstrap.servers": self.servers["CONTROLLER"],
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
            "listeners": listeners,
            "advertised.listeners": listeners.rsplit(",", 1)[0],
            "listener.security.protocol.map":
                ",".join(f"{name}:{name}" for name in LISTENERS) + ",CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / "data", "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0, "message.max.bytes": 12 << 20,
            "replica.fetch.max.bytes": 12 << 20, "num.network.threads": 2, "num.io.threads": 2,
            "log.cleaner.dedupe.buffer.size": 4 << 20,
            "ssl.keystore.type": "PEM", "ssl.keystore.location": store,
            "ssl.truststore.type": "PEM", "ssl.truststore.location": self.certificates / "ca.pem",
            "ssl.client.auth": "requested",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        }
        for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
            values[f"{topic}.num.partitions"] = 2
            values[f"{topic}.replication.factor"] = 1
        values["transaction.state.log.min.isr"] = values["share.coordinator.state.topic.min.isr"] = 1
        for name in ("sasl_plaintext", "sasl_ssl"):
            values[f"listener.name.{name}.plain.sasl.jaas.config"] = plain
            for bits in ("256", "512"):
                values[f"listener.name.{name}.scram-sha-{bits}.sasl.jaas.config"] = scram
        values.update(settings)
        path = self.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        path.chmod(0o600)

    def command(self, level, main, *arguments, heap="128m"):
        return ["java", "-Xshare:auto", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                f"{self.jars}/*", f"-Dlog4j2.configurationFile={self.folder}/log4j-{level}.xml", main,
                *map(str, arguments)]

    def java(self, level, main, *arguments):
        done = subprocess.run(self.command(level, main, *arguments), check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"{main}: {done.stdout[-3000:]}")
        return done.stdout

    def start(self):
        log = open(self.folder / "broker.log", "ab")  # the process keeps it
        with log:
            begin = log.tell()
            self.process = subprocess.Popen(
                self.command("INFO", "kafka.Kafka", self.folder / "server.properties", heap="400m"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + START_SECONDS_MAX
        while b"Kafka Server started" not in (self.folder / "broker.log").read_bytes()[begin:]:
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError((self.folder / "broker.log").read_text()[-3000:])
            time.sleep(0.1)

    def kill(self):
        """As a machine that loses its power."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def topics(self, *arguments):
        return self.java("ERROR", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server",
                         self.servers["PLAINTEXT"], *arguments)

    def make_topic(self, name, partitions=1, **settings):
        more = [word for key, value in settings.items()
                for word in ("--config", f"{key.replace('_', '.')}={value}")]
        self.topics("--create", "--topic", name, "--partitions", partitions, *more)

    def delete_records(self, topic, partition, before):
        request = self.folder / f"delete-{uuid.uuid4().hex}.json"
        request.write_text('{"version":1,"partitions":[{"topic":"%s","partition":%d,"offset":%d}]}' %
                           (topic, partition, before))
        self.java("ERROR", "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server",
                  self.servers["PLAINTEXT"], "--offset-json-file", request)

    def environment(self):
        return {"KAFKA_SERVERS": self.servers["PLAINTEXT"],
                "KAFKA_SSL_SERVERS": self.servers["SSL"],
                "KAFKA_SASL_SSL_SERVERS": self.servers["SASL_SSL"],
                "KAFKA_CERTIFICATES": str(self.certificates),
                "KAFKA_USER": self.user, "KAFKA_PASSWORD": self.password}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topic", action="append", default=[], metavar="NAME:PARTITIONS")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oresmith-kafka-") as folder:
        try:
            broker = Broker(pathlib.Path(folder) / "broker")
        except RuntimeError as reason:
            print(f"broker.py: {reason}", file=sys.stderr)
            return 77
        with broker:
            for topic in options.topic:
                name, partitions = topic.rsplit(":", 1)
                broker.make_topic(name, int(partitions))
            return subprocess.run(options.command, check=False,
                                  env={**os.environ, **broker.environment()}).returncode


if __name__ == "__main__":
    sys.exit(main())
