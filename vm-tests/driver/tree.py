"""Files on their way into a machine: collected in memory, written as an archive or into a folder."""

import os
import stat


class Tree:
    """Paths without a leading slash, with mode and content. What leads to a path is made along with it."""

    def __init__(self):
        self._entries = {}

    def directory(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def file(self, path, content, mode=0o644):
        self._add(path, stat.S_IFREG | mode, content.encode() if isinstance(content, str) else content)

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def _add(self, path, mode, content):
        path = path.strip("/")
        parent = os.path.dirname(path)
        if parent and parent not in self._entries:
            self.directory(parent)
        self._entries[path] = (mode, content)

    def prefixed(self, prefix):
        """The same files, in a folder."""
        moved = Tree()
        moved.directory(prefix)
        for path, (mode, content) in self._entries.items():
            moved._add(f"{prefix}/{path}", mode, content)
        return moved

    def write_to(self, folder):
        for path, (mode, content) in self._entries.items():
            place = os.path.join(folder, path)
            if stat.S_ISDIR(mode):
                os.makedirs(place, exist_ok=True)
                continue
            if os.path.lexists(place):
                os.remove(place)
            if stat.S_ISLNK(mode):
                os.symlink(content.decode(), place)
                continue
            with open(place, "wb") as file:
                file.write(content)
            os.chmod(place, stat.S_IMODE(mode))

    def cpio(self):
        """As the kernel takes it for an initramfs: the "newc" format, everything root's."""
        parts = [_cpio_entry(number, *entry) for number, entry in enumerate(self._entries.items(), 1)]
        parts.append(_cpio_entry(0, "TRAILER!!!", (0, b"")))
        return b"".join(parts)


def _cpio_entry(number, path, mode_and_content):
    mode, content = mode_and_content
    name = path.encode() + b"\0"
    # inode, mode, owner, group, links, time, size, device (2), special device (2), length of name, no checksum
    numbers = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0]
    header = b"070701" + b"".join(b"%08x" % value for value in numbers)
    return _padded(header + name) + _padded(content)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
