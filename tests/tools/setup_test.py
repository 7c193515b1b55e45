"""tools/setup: a machine that is ready is left alone, and quickly."""

import os
import pathlib
import subprocess
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Setup(unittest.TestCase):
    def test_the_second_run_takes_at_most_two_seconds(self):
        start = time.monotonic()
        done = subprocess.run([ROOT / "tools/setup"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.monotonic() - start, 2)
        self.assertRegex(done.stdout, r"^setup: ready; libraries in \S+\n$")

    def test_every_pin_has_a_version_and_a_hash(self):
        for line in (ROOT / "cmake/third_party.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                folder, client, package, version, sha256 = line.split()
                self.assertRegex(sha256, r"^[0-9a-f]{64}$", package)
                self.assertIn(client, ["pip", "npm", "cargo"])
                self.assertTrue(folder and version)

    @unittest.skipIf(os.geteuid() != 0, "only root can become nobody")
    def test_without_root_it_names_the_missing_packages_and_stops(self):
        # dpkg-query that knows nothing, so that every package is missing.
        script = ("set -e; mkdir -p $HOME/bin; printf '#!/bin/sh\\n' > $HOME/bin/dpkg-query; "
                  "chmod +x $HOME/bin/dpkg-query; PATH=$HOME/bin:$PATH bash $HOME/tools/setup")
        with subprocess.Popen(["mktemp", "-d"], stdout=subprocess.PIPE, text=True) as mktemp:
            home = mktemp.stdout.read().strip()
        self.addCleanup(subprocess.run, ["rm", "-rf", home], check=False)
        subprocess.run(f"mkdir {home}/tools {home}/cmake && cp {ROOT}/tools/setup {home}/tools/ && "
                       f"cp {ROOT}/cmake/third_party.txt {home}/cmake/ && chmod -R a+rwX {home}",
                       shell=True, check=True)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script],
            env={"HOME": home, "PATH": "/usr/bin:/bin", "ORESMITH_CACHE": f"{home}/cache"},
            capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("setup: error: missing packages; as root: apt-get install", done.stderr)
        self.assertIn("ninja-build", done.stderr)
