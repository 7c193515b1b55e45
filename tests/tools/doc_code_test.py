"""tools/doc_code.py: marked code runs, and a page that lies fails."""

import os

import scratch
import doc_code


class DocCode(scratch.ScratchTest):
    def page(self, text):
        return doc_code.run_page(self.write("page.md", text), dict(os.environ))

    def test_blocks_share_the_folder_of_their_page(self):
        self.assertIsNone(self.page(
            "```sql file=in/a.sql\nSELECT 1\n```\ntext\n"
            "```sh run\ncat in/a.sql\n```\n```text output\nSELECT 1\n```\n"))

    def test_a_failing_command_is_an_error_with_its_line(self):
        self.assertIn("page.md:2: error: exit code 1", self.page("text\n```sh run\nfalse\n```\n"))

    def test_a_command_in_the_middle_may_not_fail_either(self):
        self.assertIsNotNone(self.page("```sh run\nfalse\ntrue\n```\n"))

    def test_an_expected_failure_must_fail(self):
        self.assertIsNone(self.page("```sh run fails\nfalse\n```\n"))
        self.assertIsNotNone(self.page("```sh run fails\ntrue\n```\n"))

    def test_other_output_is_an_error(self):
        self.assertIn("instead of",
                      self.page("```sh run\necho 1\n```\n```text output\n2\n```\n"))

    def test_unmarked_blocks_do_not_run_and_unknown_marks_fail(self):
        self.assertIsNone(self.page("```sh\nfalse\n```\n"))
        self.assertIn("unknown words", self.page("```sh runn\ntrue\n```\n"))

    def test_an_indented_block_is_a_block(self):
        found = doc_code.blocks("1. Step\n\n   ```sh run\n   true\n   ```\n")
        self.assertEqual([block.text for block in found], ["true\n"])
