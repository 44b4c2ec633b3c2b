"""Every page is in the table of contents, and every relative link leads somewhere."""

import unittest

import pages


class Links(unittest.TestCase):
    def test_the_summary_lists_every_page_once(self):
        listed = list(pages.links(pages.SUMMARY.read_text()))
        existing = {str(page.relative_to(pages.BOOK)) for page in pages.BOOK.rglob("*.md")} - {"SUMMARY.md"}
        self.assertEqual(sorted(listed), sorted(existing), "docs/SUMMARY.md and the pages below docs/ differ")

    def test_relative_links_resolve(self):
        for page in pages.all_pages():
            for link in pages.links(page.read_text()):
                if pages.is_external(link):
                    continue
                with self.subTest(page=str(page.relative_to(pages.ROOT)), link=link):
                    file, _, anchor = link.partition("#")
                    target = (page.parent / file).resolve() if file else page
                    self.assertTrue(target.exists(), f"{target} does not exist")
                    if anchor:
                        self.assertIn(anchor, list(pages.anchors(target.read_text())), f"{target} has no such heading")

    def test_pages_of_the_book_do_not_link_out_of_it(self):
        for page in pages.BOOK.rglob("*.md"):
            for link in pages.links(page.read_text()):
                if pages.is_external(link) or link.startswith("#"):
                    continue
                with self.subTest(page=str(page.relative_to(pages.ROOT)), link=link):
                    target = (page.parent / link.partition("#")[0]).resolve()
                    self.assertTrue(
                        target.is_relative_to(pages.BOOK),
                        "the built book contains docs/ only; name the file as code instead, relative to the repository",
                    )

    def test_the_readme_stays_short(self):
        self.assertLessEqual(len((pages.ROOT / "README.md").read_text().splitlines()), 150, "put it into the book instead")

    def test_code_blocks_are_closed(self):
        for page in pages.all_pages():
            with self.subTest(page=str(page.relative_to(pages.ROOT))):
                fences = [line for line in page.read_text().splitlines() if pages.FENCE.match(line)]
                self.assertEqual(len(fences) % 2, 0, "a code block has no end")
