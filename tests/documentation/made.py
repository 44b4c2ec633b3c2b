"""The files that are made from the programs, and from what a scenario shows."""

import commands
import pages
import terminal


def files():
    """What each of them has to be."""
    return {
        pages.BOOK / "reference/commands.md": commands.page(),
        pages.BOOK / "terminal.svg": terminal.svg(),
    }
