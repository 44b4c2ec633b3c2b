"""What is made from other files is up to date."""

import re
import subprocess
import unittest
import xml.etree.ElementTree

import address
import made
import pages
import terminal


class Made(unittest.TestCase):
    maxDiff = None

    def test_generated_files_are_what_they_are_made_from(self):
        for path, content in made.files().items():
            with self.subTest(file=str(path.relative_to(pages.ROOT))):
                self.assertEqual(path.read_text(), content, "it is stale: run tests/documentation/run --update")

    def test_the_picture_is_xml(self):
        xml.etree.ElementTree.fromstring(terminal.svg())

    def test_the_tutorial_shows_the_session_that_a_scenario_runs(self):
        tutorial = (pages.BOOK / "tutorial.md").read_text()
        blocks = re.findall(r"^```console\n(.*?)^```$", tutorial[tutorial.index("## 3. ") :], re.MULTILINE | re.DOTALL)
        self.assertEqual("".join(blocks), terminal.SESSION.read_text())

    def test_the_session_names_the_tested_version_of_opencode(self):
        version = (pages.ROOT / "nixos/schema/opencode-version").read_text().strip()
        self.assertIn(f" {version} ", terminal.SESSION.read_text())

    def test_every_file_names_the_flake_as_cargo_toml_does(self):
        named = 0
        for path in address.files():
            for found in address.ADDRESS.findall(path.read_text()):
                named += 1
                with self.subTest(file=str(path.relative_to(pages.ROOT))):
                    self.assertEqual(found, address.declared(), "run tests/documentation/run --update")
        self.assertGreater(named, 0, "no file names the flake: address.py looks for something else")

    def test_no_file_names_the_flake_that_is_not_looked_at(self):
        listed = subprocess.run(
            ["git", "grep", "--untracked", "-lE", r"(github|gitlab|sourcehut|codeberg):[A-Za-z0-9_.~-]+/opencode-setup"],
            cwd=pages.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.splitlines()
        known = {str(path.relative_to(pages.ROOT)) for path in address.files()} | {"Cargo.toml"}
        self.assertEqual([name for name in listed if name not in known and "documentation/" not in name], [])
