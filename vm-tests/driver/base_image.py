"""The disk that every machine starts from: Debian, with opencode and the agent in it. Cached by what it is made from."""

import dataclasses
import json
import pathlib
import shutil

from . import cache, debian, kernel, programs
from .command import run
from .failure import CannotRun

GUEST = pathlib.Path(__file__).resolve().parent / "guest"

# Nothing that a test waits for, and each a part of every boot.
MASKED_UNITS = """
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer dev-hugepages.mount getty.target
    kmod-static-nodes.service modprobe@.service proc-sys-fs-binfmt_misc.automount sys-fs-fuse-connections.mount
    sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-ask-password-console.path
    systemd-ask-password-wall.path systemd-binfmt.service systemd-hibernate-clear.service
    systemd-journal-catalog-update.service systemd-logind.service systemd-modules-load.service systemd-pcrphase.service
    systemd-pcrphase-sysinit.service systemd-pstore.service systemd-random-seed.service systemd-tpm2-setup.service
    systemd-tpm2-setup-early.service systemd-update-done.service systemd-user-sessions.service
""".split()
# Debian starts them as soon as they are installed.
MASKED_UNITS += ["nginx.service", "squid.service"]
# On NixOS, /tmp is a folder of the disk.
MASKED_UNITS += ["tmp.mount"]
MASKED_GENERATORS = """
    systemd-debug-generator systemd-getty-generator systemd-gpt-auto-generator systemd-hibernate-resume-generator
    systemd-rc-local-generator systemd-run-generator systemd-ssh-generator systemd-system-update-generator
    systemd-sysv-generator systemd-tpm2-generator
""".split()
# With one, no boot is the first, on which systemd would apply its presets to every unit.
MACHINE_ID = "0123456789abcdef0123456789abcdef\n"

# The machine has no network, and the server is to know: it waits long for what it cannot reach.
OFFLINE = "[Manager]\nDefaultEnvironment=OPENCODE_DISABLE_MODELS_FETCH=1 npm_config_offline=true\n"
FREE_MEBIBYTES = 2048


@dataclasses.dataclass(frozen=True)
class BaseImage:
    """A root file system, as a folder and as a disk."""

    root: pathlib.Path
    disk: pathlib.Path
    kernel: kernel.Kernel
    # The programs of a Debian package, as absolute paths.
    programs: dict


def get(say):
    """The base image, from the cache or made now."""
    if not shutil.which("mke2fs"):
        raise CannotRun("there is no mke2fs here; apt-get install e2fsprogs")

    opencode, opencode2 = programs.opencode(), programs.opencode2()
    disk = cache.folder(
        "disk",
        cache.digest_of(debian.digest(), opencode, opencode2, pathlib.Path(__file__), *sorted(GUEST.iterdir())),
        lambda folder: _make_disk(folder, debian.root_archive(say), opencode, opencode2),
        say,
    )
    return BaseImage(
        root=disk / "root",
        disk=disk / "disk.raw",
        kernel=kernel.get(say),
        programs=json.loads((disk / "programs.json").read_text()),
    )


def _make_disk(folder, archive, opencode, opencode2):
    root = folder / "root"
    root.mkdir(mode=0o755)
    run("tar", "--extract", "--file", archive, "--directory", root, "--numeric-owner", "--xattrs")

    place = root / "opt" / "opencode" / "bin"
    place.mkdir(parents=True)
    shutil.copy(opencode, place / "opencode")
    shutil.copy(opencode2, place / "opencode2")
    (root / "nix" / "store").mkdir(parents=True)
    (root / "etc" / "systemd" / "system.conf.d").mkdir()
    (root / "etc" / "systemd" / "system.conf.d" / "offline.conf").write_text(OFFLINE)
    # The journal of a machine that was cut off is to be there when it is back.
    (root / "var" / "log" / "journal").mkdir(exist_ok=True)
    (root / "etc" / "hostname").write_text("machine\n")
    (root / "etc" / "machine-id").write_text(MACHINE_ID)
    (root / "etc" / "hosts").write_text("127.0.0.1 localhost machine\n::1 localhost\n")

    agent = root / "usr" / "local" / "lib" / "opencode-vm-tests"
    agent.mkdir(parents=True)
    for program in ("agent", "switch-to-configuration"):
        shutil.copy(GUEST / program, agent)
        (agent / program).chmod(0o755)
    units = root / "etc" / "systemd" / "system"
    for unit in ("driver-agent.service", "driver-console.service"):
        shutil.copy(GUEST / unit, units)
    (units / "basic.target.wants").mkdir(exist_ok=True)
    (units / "basic.target.wants" / "driver-agent.service").symlink_to("../driver-agent.service")
    for unit in MASKED_UNITS:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    generators = root / "etc" / "systemd" / "system-generators"
    generators.mkdir(exist_ok=True)
    for generator in MASKED_GENERATORS:
        (generators / generator).symlink_to("/dev/null")

    (folder / "programs.json").write_text(json.dumps(debian.programs_of_packages(root)))
    size = int(run("du", "--summarize", "--block-size=1M", root).split()[0])
    disk = folder / "disk.raw"
    run("truncate", f"--size={size + size // 8 + FREE_MEBIBYTES}M", disk)
    run("mke2fs", "-q", "-t", "ext4", "-d", root, disk)
