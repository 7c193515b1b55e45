"""make install: the prefix can be moved, and runs without the build tree."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("ORESMITH_BUILD", "build/release"))


class Install(unittest.TestCase):
    @unittest.skipUnless((BUILD / "oresmith").is_file(), "no program in the build folder")
    def test_a_moved_prefix_runs_with_its_own_libraries(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cmake", "--install", BUILD, "--prefix", f"{folder}/first"], check=True,
                           stdout=subprocess.DEVNULL)
            shutil.move(f"{folder}/first", f"{folder}/second")
            program = f"{folder}/second/bin/oresmith"
            loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True,
                                    env={"PATH": "/usr/bin:/bin"}).stdout
            for library in ("libarrow", "libparquet", "libduckdb"):
                lines = [line for line in loaded.splitlines() if line.strip().startswith(library)]
                self.assertTrue(lines, f"{library} is not linked")
                for line in lines:
                    self.assertIn(f"{folder}/second/", line)
            done = subprocess.run([program, "--help"], cwd=folder, env={}, check=False,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
