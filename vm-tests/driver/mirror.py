"""Where the machine's own apt takes Debian from, so that the test machines come from there too."""

import functools

from .command import run
from .failure import CannotRun


@functools.cache
def of_debian():
    """The address of the Debian mirror, as `deb` lines have it. Apt reads its configuration, in whatever format it is."""
    # What a source is, apt knows from its lists, and a machine may have none yet.
    address = _first_address()
    if not address:
        run("apt-get", "update", "--quiet")
        address = _first_address()
    if not address:
        raise CannotRun("apt has no source of Debian's `main`; add one to /etc/apt/sources.list.d")
    return address


def _first_address():
    # The label tells the archive from the security updates, which are at another address.
    wanted = ("Created-By: Packages", "Origin: Debian", "Label: Debian", "Component: main")
    addresses = run("apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted).split()
    return addresses[0].rstrip("/") if addresses else None
