"""tools/tidy.py: banned calls, sizes and maps are found with file and line."""

import scratch
import tidy

LONG_FUNCTION = "namespace a {\n\nvoid B::Long(int c) const {\n" + "  c++;\n" * 70 + "}\n\n}\n"


class Tidy(scratch.ScratchTest):
    def setUp(self):
        super().setUp()
        self.write("src/base/CMakeLists.txt", "oresmith_library(base)\n")
        self.write("README.md", "# Map\n```\noresmith/\n  src/\n    base/   words\n      kafka/ x\n"
                                "  tests/\n    unit/\n```\n")
        self.write("docs/explain/architecture.md", "`src/base` has the words.\n")

    def errors(self):
        return tidy.check(self.root)

    def test_a_clean_repository_passes(self):
        self.write("src/base/a.h", "#pragma once\n")
        self.assertEqual(self.errors(), [])

    def test_a_banned_call_is_named_with_its_replacement(self):
        self.write("src/base/a.cc", "\nauto t = std::chrono::system_clock::now();\n")
        self.assertEqual(self.errors(), [
            "src/base/a.cc:2: error: no the wall clock outside src/base/clock.cc: "
            "take a base::Clock"])

    def test_every_ban_is_found(self):
        for line in ["rand();", "std::random_device d;", "std::this_thread::sleep_for(x);",
                     'getenv("A");', "std::cout << 1;", "throw 1;", "t.detach();"]:
            self.write("src/base/a.cc", f"void F() {{\n  {line}\n}}\n")
            self.assertEqual(len(self.errors()), 1, line)

    def test_the_owner_of_a_call_may_use_it(self):
        self.write("src/base/clock.cc", "auto t = std::chrono::system_clock::now();\n")
        self.assertEqual(self.errors(), [])

    def test_comments_and_texts_are_not_calls(self):
        self.write("src/base/a.cc", '// never throw\nauto a = "rand()";\nauto b = R"(throw)";\n'
                                    "/* std::cout */ int operand(int x);\nint i = 1'000;\n")
        self.assertEqual(self.errors(), [])

    def test_a_long_function_is_an_error_until_the_list_has_it(self):
        self.write("src/base/a.cc", LONG_FUNCTION)
        self.assertIn("src/base/a.cc:3: error: src/base/a.cc:B::Long has 72 lines",
                      self.errors()[0])
        self.write("tools/size_ratchet.txt", "# list\nsrc/base/a.cc:B::Long 72 a table\n")
        self.assertEqual(self.errors(), [])

    def test_a_listed_function_may_not_grow(self):
        self.write("src/base/a.cc", LONG_FUNCTION)
        self.write("tools/size_ratchet.txt", "src/base/a.cc:B::Long 71 a table\n")
        self.assertEqual(len(self.errors()), 1)

    def test_a_function_that_became_short_leaves_the_list(self):
        self.write("tools/size_ratchet.txt", "src/base/a.cc:B::Long 72 a table\n")
        self.assertEqual(self.errors(), [
            "tools/size_ratchet.txt:1: error: src/base/a.cc:B::Long is short enough or gone: "
            "remove the line"])

    def test_a_long_file_is_an_error(self):
        self.write("src/base/a.cc", "int x;\n" * 501)
        self.assertIn("src/base/a.cc:1: error: src/base/a.cc has 501 lines", self.errors()[0])

    def test_methods_constructors_and_tests_are_functions_and_tables_are_not(self):
        code = ("class A {\n public:\n  A(int x) : x_(x) {}\n  int x() const { return x_; }\n};\n"
                "TEST(Suite, Case) {\n  if (1) {\n  }\n}\nconst int kTable[] = {\n  1,\n};\n")
        self.assertEqual([name for name, *_ in tidy.functions(code)], ["A", "x", "Suite.Case"])

    def test_the_map_must_name_every_folder_and_no_other(self):
        self.write("src/delta/CMakeLists.txt", "oresmith_library(delta)\n")
        (self.root / "src/base/CMakeLists.txt").unlink()
        self.assertEqual(sorted(self.errors()), [
            "README.md:1: error: src/delta/ is not in the map",
            "README.md:1: error: the map names src/base/, which is gone",
            "docs/explain/architecture.md:1: error: names src/base, which is gone",
            "docs/explain/architecture.md:1: error: says nothing of src/delta"])

    def test_a_header_needs_pragma_once(self):
        self.write("src/base/a.h", "int x();\n")
        self.assertEqual(len(self.errors()), 1)
