"""Real servers of object stores, each on a free port of loopback, with TLS by a certificate of this run."""

import atexit
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

START_SECONDS_MAX = 60
AZURITE_ACCOUNT = "devstoreaccount1"
# Of every Azurite; published with it, no secret.
AZURITE_KEY = ("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGM"
               "Gw==")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """An authority of its own; gives the certificate's and the key's file."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Server:
    """A process that is ended with the object, and its log."""

    def __init__(self, command, url, certificate, log):
        self.url, self.certificate, self.log = url, certificate, log
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(each) for each in command], stdout=out,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        atexit.register(self.stop)
        self._wait()

    def _wait(self):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                self.request("GET", self.url)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.url} does not answer:\n{self.log.read_text()[-2000:]}")

    def request(self, method, url, data=None, headers=None):
        context = ssl.create_default_context(cafile=str(self.certificate))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError as error:
            raise OSError(str(error.reason)) from error

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_s3(folder):
    certificate, key = make_certificate(folder)
    port = free_port()
    server = Server([os.environ["ORESMITH_MOTO"], "-H", "127.0.0.1", "-p", port, "-c", certificate,
                     "-k", key], f"https://localhost:{port}", certificate, folder / "log")
    server.request("PUT", f"{server.url}/bucket", headers={"Authorization": "AWS4-HMAC-SHA256 "
                   "Credential=test/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"})
    return server, "s3://bucket", {"fs.s3a.endpoint": server.url, "fs.s3a.access.key": "test",
                                   "fs.s3a.secret.key": "a-test-secret"}


def start_azure(folder):
    certificate, key = make_certificate(folder)
    port = free_port()
    server = Server([shutil.which("node"), os.environ["ORESMITH_AZURITE"], "--blobHost", "127.0.0.1",
                     "--blobPort", port, "--cert", certificate, "--key", key, "--location", folder,
                     "--silent", "--skipApiVersionCheck"],
                    f"https://localhost:{port}", certificate, folder / "log")
    endpoint = f"{server.url}/{AZURITE_ACCOUNT}"
    make_azure_container(server, endpoint)
    return server, f"abfss://container@{AZURITE_ACCOUNT}.dfs.core.windows.net", {
        "oresmith.storage.azure.endpoint": endpoint,
        f"fs.azure.account.key.{AZURITE_ACCOUNT}.dfs.core.windows.net": AZURITE_KEY}


def make_azure_container(server, endpoint):
    import base64
    import email.utils
    import hashlib
    import hmac
    date = email.utils.formatdate(usegmt=True)
    text = (f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-08-06\n"
            f"/{AZURITE_ACCOUNT}/{AZURITE_ACCOUNT}/container\nrestype:container")
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURITE_KEY), text.encode(),
                                          hashlib.sha256).digest()).decode()
    status = server.request("PUT", f"{endpoint}/container?restype=container", headers={
        "x-ms-date": date, "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey {AZURITE_ACCOUNT}:{signature}"})
    if status != 201:
        raise RuntimeError(f"Azurite made no container: {status}")


def start_gcs(folder):
    certificate, key = make_certificate(folder)
    port = free_port()
    url = f"https://localhost:{port}"
    server = Server([os.environ["ORESMITH_FAKE_GCS"], "-backend", "memory", "-host", "127.0.0.1",
                     "-port", port, "-scheme", "https", "-cert-location", certificate,
                     "-private-key-location", key, "-external-url", url,
                     "-public-host", f"localhost:{port}"], url, certificate, folder / "log")
    server.request("POST", f"{url}/storage/v1/b", b'{"name": "bucket"}',
                   {"Content-Type": "application/json"})
    return server, "gs://bucket", {"fs.gs.storage.root.url": url,
                                   "fs.gs.auth.type": "UNAUTHENTICATED"}


KINDS = {"s3": ("ORESMITH_MOTO", start_s3), "azure": ("ORESMITH_AZURITE", start_azure),
         "gcs": ("ORESMITH_FAKE_GCS", start_gcs)}
