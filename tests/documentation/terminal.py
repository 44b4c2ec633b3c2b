"""docs/terminal.svg: a session in a terminal, drawn.

The session is vm-tests/tutorial/terminal.txt. The scenario `tutorial` runs its commands on a machine with the instances of
the template, and fails if they print anything else.
"""

import html

import pages

SESSION = pages.ROOT / "vm-tests/tutorial/terminal.txt"

FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
FONT_SIZE = 13
CHARACTER = 7.83
LINE = 19
MARGIN = 20
COLUMNS = 112

STYLES = {"typed": 'fill="#e6edf3" font-weight="bold"', "printed": 'fill="#a5b0bb"'}


def wrapped(line):
    """A terminal goes on in the next row where a line is longer than the row."""
    return [line[start : start + COLUMNS] for start in range(0, max(len(line), 1), COLUMNS)]


def rows():
    """Each row of the terminal, and whether it is typed or printed."""
    for line in SESSION.read_text().splitlines():
        kind = "typed" if line.startswith("# ") else "printed"
        for row in wrapped(line):
            yield kind, row


def svg():
    drawn = [
        f'    <text {STYLES[kind]} x="{MARGIN}" y="{MARGIN + LINE * number + FONT_SIZE}">{html.escape(row, quote=False)}</text>'
        for number, (kind, row) in enumerate(rows())
    ]
    width = round(2 * MARGIN + COLUMNS * CHARACTER)
    height = 2 * MARGIN + LINE * len(drawn)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">',
            "  <title>A terminal: two servers run as declared, a project overrides one, an edited configuration is repaired</title>",
            "  <!-- Made by tests/documentation/run from vm-tests/tutorial/terminal.txt. -->",
            f'  <rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            f'  <g font-family="{FONTS}" font-size="{FONT_SIZE}" xml:space="preserve">',
            *drawn,
            "  </g>",
            "</svg>",
            "",
        ]
    )
