"""The Debian that every machine starts from, and its kernel: built once, cached by what they are made from."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

from . import cache, programs
from .failure import CannotRun

GUEST = pathlib.Path(__file__).resolve().parent / "guest"

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
SUITE = "bookworm"

# What the machine itself needs, and the packages that tests look in with.
SYSTEM_PACKAGES = ["ca-certificates", "dbus", "iproute2", "systemd-sysv", "util-linux"]

# The packages that a machine.nix can name, by their names in nixpkgs.
DEBIAN_PACKAGES = {
    "bash": ["bash"],
    "bashInteractive": ["bash"],
    "coreutils": ["coreutils"],
    "curl": ["curl"],
    "findutils": ["findutils"],
    "gcc": ["gcc", "gcc-12", "binutils", "libc6-dev"],
    "git": ["git"],
    "gnugrep": ["grep"],
    "gnused": ["sed"],
    "jq": ["jq"],
    "procps": ["procps"],
    "python3": ["python3", "python3-minimal", "python3.11-minimal"],
    "ripgrep": ["ripgrep"],
    "systemd": ["systemd"],
}

# In this order.
KERNEL_PACKAGE = "linux-image-cloud-amd64"
KERNEL_MODULES = """
    virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console
""".split()

# Nothing that a test waits for, and each a part of every boot.
MASKED_UNITS = """
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
    dev-hugepages.mount getty.target kmod-static-nodes.service modprobe@.service proc-sys-fs-binfmt_misc.automount
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-binfmt.service systemd-hwdb-update.service
    systemd-journal-catalog-update.service systemd-logind.service systemd-modules-load.service systemd-pcrphase.service
    systemd-pcrphase-sysinit.service systemd-pstore.service systemd-random-seed.service systemd-timesyncd.service
    systemd-update-done.service systemd-update-utmp.service systemd-update-utmp-runlevel.service
    systemd-user-sessions.service
""".split()
MASKED_GENERATORS = """
    systemd-bless-boot-generator systemd-cryptsetup-generator systemd-debug-generator systemd-getty-generator
    systemd-gpt-auto-generator systemd-hibernate-resume-generator systemd-integritysetup-generator
    systemd-rc-local-generator systemd-run-generator systemd-system-update-generator systemd-sysv-generator
    systemd-veritysetup-generator
""".split()
# With one, no boot is the first, on which systemd would apply its presets to every unit.
MACHINE_ID = "0123456789abcdef0123456789abcdef\n"

# The machine has no network, and the server is to know: it waits long for what it cannot reach.
OFFLINE = "[Manager]\nDefaultEnvironment=OPENCODE_DISABLE_MODELS_FETCH=1 npm_config_offline=true\n"
FREE_MEBIBYTES = 2048


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel, the modules it needs to reach the disk, and a shell for the initramfs."""

    image: pathlib.Path
    modules: list
    busybox: pathlib.Path


@dataclasses.dataclass(frozen=True)
class BaseImage:
    """A root file system, as a folder and as a disk."""

    root: pathlib.Path
    disk: pathlib.Path
    kernel: Kernel
    # The programs of a Debian package, as absolute paths.
    programs: dict


def get(say):
    """The base image, from the cache or made now."""
    if os.geteuid() != 0:
        raise CannotRun("building a root file system takes root; run this as root")
    for program, package in (("mmdebstrap", "mmdebstrap"), ("mke2fs", "e2fsprogs"), ("dpkg-deb", "dpkg")):
        if not shutil.which(program):
            raise CannotRun(f"there is no {program} here; apt-get install {package}")

    opencode = programs.opencode()
    packages = sorted({*SYSTEM_PACKAGES, *(name for names in DEBIAN_PACKAGES.values() for name in names)})
    debian_digest = cache.digest_of(SUITE, *packages)
    debian = cache.folder("debian", debian_digest, lambda folder: _bootstrap(folder, packages), say)
    kernel = cache.folder("kernel", cache.digest_of(KERNEL_PACKAGE, *KERNEL_MODULES), _fetch_kernel, say)
    disk = cache.folder(
        "disk",
        cache.digest_of(debian_digest, opencode, pathlib.Path(__file__), *sorted(GUEST.iterdir())),
        lambda folder: _make_disk(folder, debian / "root.tar", opencode),
        say,
    )
    return BaseImage(
        root=disk / "root",
        disk=disk / "disk.raw",
        kernel=Kernel(kernel / "vmlinuz", [kernel / f"{name}.ko" for name in KERNEL_MODULES], kernel / "busybox"),
        programs=json.loads((disk / "programs.json").read_text()),
    )


def _bootstrap(folder, packages):
    _run(
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(packages)}",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man")),
        SUITE,
        folder / "root.tar",
        MIRROR,
    )


def _fetch_kernel(folder):
    # Lists that are old name packages that are gone, and a machine may have none at all.
    _run("apt-get", "update", "--quiet")
    depends = _run("apt-cache", "depends", KERNEL_PACKAGE)
    found = re.search(r"Depends: (linux-image-\S+)", depends)
    if not found:
        raise CannotRun(f"apt knows no {KERNEL_PACKAGE}: is `main` of Debian among its sources?")
    unpacked = folder / "unpacked"
    for package in (found.group(1), "busybox-static"):
        _run("apt-get", "download", "--quiet", package, cwd=folder)
    for archive in folder.glob("*.deb"):
        _run("dpkg-deb", "--extract", archive, unpacked)
    shutil.copy(next(unpacked.glob("boot/vmlinuz-*")), folder / "vmlinuz")
    shutil.copy(unpacked / "bin" / "busybox", folder / "busybox")
    for name in KERNEL_MODULES:
        shutil.copy(next(unpacked.glob(f"lib/modules/**/{name}.ko")), folder)
    shutil.rmtree(unpacked)
    for archive in folder.glob("*.deb"):
        archive.unlink()


def _make_disk(folder, debian, opencode):
    root = folder / "root"
    root.mkdir(mode=0o755)
    _run("tar", "--extract", "--file", debian, "--directory", root, "--numeric-owner", "--xattrs")

    place = root / "opt" / "opencode" / "bin"
    place.mkdir(parents=True)
    shutil.copy(opencode, place / "opencode")
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

    (folder / "programs.json").write_text(json.dumps(_programs(root)))
    size = int(_run("du", "--summarize", "--block-size=1M", root).split()[0])
    disk = folder / "disk.raw"
    _run("truncate", f"--size={size + size // 8 + FREE_MEBIBYTES}M", disk)
    _run("mke2fs", "-q", "-t", "ext4", "-d", root, disk)


def _programs(root):
    """What each Debian package has in its folders of programs, and what stands in for those under another name."""
    folders = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/")
    listings = root / "var" / "lib" / "dpkg" / "info"
    found = {}
    for package in {name for names in DEBIAN_PACKAGES.values() for name in names}:
        listing = [*listings.glob(f"{package}.list"), *listings.glob(f"{package}:amd64.list")][0]
        lines = listing.read_text().splitlines()
        found[package] = [line for line in lines if line.startswith(folders) and line.count("/") <= 3]
    return found


def _run(*command, cwd=None):
    command = [str(part) for part in command]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotRun(f"{' '.join(command)} failed with status {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout
