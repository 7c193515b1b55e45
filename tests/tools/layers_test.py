"""tools/layers.py: a stolen header is found with its file and line."""

import scratch
import layers


class Layers(scratch.ScratchTest):
    def setUp(self):
        super().setUp()
        self.library("base", "")
        self.library("columnar", "base")
        self.library("delta", "columnar")

    def library(self, name, depends):
        self.write(f"src/{name}/CMakeLists.txt",
                   f"# {name}\noresmith_library({name}\n  DEPENDS {depends}  # edges\n"
                   f"  SOURCES a.cc\n  EXTERNAL fmt::fmt)\n")

    def test_an_include_of_a_named_library_is_allowed(self):
        self.write("src/columnar/a.cc", '#include "columnar/a.h"\n#include "base/b.h"\n')
        self.assertEqual(layers.check(self.root), [])

    def test_an_include_of_a_library_that_is_not_named_is_an_error(self):
        self.write("src/base/a.cc", '#include <vector>\n#include "delta/log.h"\n')
        self.assertEqual(layers.check(self.root), [
            "src/base/a.cc:2: error: base may not include delta/: it is not in the DEPENDS of its "
            "CMakeLists.txt"])

    def test_a_library_names_also_what_it_reaches_through_another(self):
        self.write("src/delta/a.cc", '#include "base/b.h"\n')
        self.assertEqual(len(layers.check(self.root)), 1)

    def test_an_outside_header_belongs_to_its_library(self):
        self.write("src/columnar/a.cc", "#include <arrow/api.h>\n#include <fmt/format.h>\n")
        self.write("src/delta/a.h", "#include <duckdb.h>\n")
        errors = layers.check(self.root)
        self.assertEqual(len(errors), 1)
        self.assertTrue(errors[0].startswith("src/delta/a.h:1: error: <duckdb.h> belongs in"))

    def test_an_internal_header_stays_in_its_library(self):
        self.write("src/columnar/a.cc", '#include "columnar/cast_internal.h"\n')
        self.write("src/delta/a.cc", '#include "columnar/cast_internal.h"\n')
        self.assertEqual(layers.check(self.root), [
            "src/delta/a.cc:1: error: columnar/cast_internal.h is internal to columnar"])

    def test_a_cycle_is_an_error(self):
        self.library("base", "delta")
        self.assertTrue(any("base and delta depend on each other" in e
                            for e in layers.check(self.root)))

    def test_a_test_may_look_below_its_library_and_at_what_it_names(self):
        self.write("tests/unit/columnar/CMakeLists.txt",
                   "oresmith_test(columnar SOURCES a_test.cc)\n")
        self.write("tests/unit/columnar/a_test.cc",
                   '#include "base/b.h"\n#include "delta/log.h"\n#include "support/x.h"\n'
                   "#include <arrow/api.h>\n")
        errors = layers.check(self.root)
        self.assertEqual(len(errors), 1)
        self.assertIn("a_test.cc:2: error: columnar may not include delta/", errors[0])
        self.write("tests/unit/columnar/CMakeLists.txt",
                   "oresmith_test(columnar SOURCES a_test.cc DEPENDS delta)\n")
        self.assertEqual(layers.check(self.root), [])
