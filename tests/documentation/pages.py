"""The Markdown files that people read, their links, and their headings."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOOK = ROOT / "docs"
SUMMARY = BOOK / "SUMMARY.md"

FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
SOURCE = re.compile(r"""<(?:img|a)\s[^>]*(?:src|href)=["']([^"']+)["']""")
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$")


def all_pages():
    """Every page of the book, and the Markdown files at the top of the repository."""
    return sorted([*ROOT.glob("*.md"), *BOOK.rglob("*.md")])


def prose(text):
    """The lines outside of code blocks."""
    inside = False
    for line in text.splitlines():
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield line


def links(text):
    """The targets of all links and pictures outside of code."""
    without_code = re.sub(r"`[^`\n]*`", "code", "\n".join(prose(text)))
    yield from LINK.findall(without_code)
    yield from SOURCE.findall(without_code)


def anchors(text):
    """The identifiers that GitHub and mdBook give to the headings of a page.

    Both lower the title, drop punctuation and replace spaces; a title that repeats gets a number.
    """
    seen = {}
    for line in prose(text):
        heading = HEADING.match(line)
        if heading:
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            yield slug if count == 0 else f"{slug}-{count}"


def is_external(link):
    return re.match(r"[a-z][a-z0-9+.-]*:", link) is not None
