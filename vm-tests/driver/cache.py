"""Things that take long to make, kept under the digest of what they are made from."""

import hashlib
import os
import pathlib
import shutil
import tempfile

ROOT = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "opencode-vm-tests"

# Of each kind, those that were used last: another run may be using one of them.
KEPT = 2


def digest_of(*parts):
    """Of strings, bytes and files (by content)."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        else:
            digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def folder(name, digest, make, say):
    """The folder `name-digest`; `make(folder)` fills it if it is not there yet. What is half made is never taken."""
    wanted = ROOT / f"{name}-{digest}"
    if not wanted.exists():
        say(f"building {wanted.name} in {ROOT}")
        ROOT.mkdir(parents=True, exist_ok=True)
        half_made = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}-", dir=ROOT))
        half_made.chmod(0o755)
        try:
            make(half_made)
            _rename_unless_there(half_made, wanted)
        finally:
            shutil.rmtree(half_made, ignore_errors=True)
    os.utime(wanted)
    for older in sorted(ROOT.glob(f"{name}-*"), key=_last_use)[:-KEPT]:
        shutil.rmtree(older, ignore_errors=True)
    return wanted


def _last_use(folder):
    # Another run may be removing it just now.
    return folder.stat().st_mtime if folder.exists() else 0


def _rename_unless_there(half_made, wanted):
    try:
        half_made.rename(wanted)
    except OSError:
        # Another run was quicker, and made the same.
        if not wanted.exists():
            raise
