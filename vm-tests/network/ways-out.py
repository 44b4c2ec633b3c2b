"""Tries every way out that is not the proxy, as an agent would: a line for each, `can:` or `cannot:`.

Arguments: ports on 127.0.0.1 at which nothing is to be reached, and the addresses of proxies, as HOST:PORT.
"""

import socket
import sys

SECONDS = 3


def tcp(host, port):
    with socket.create_connection((host, port), SECONDS):
        return True


def udp(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(SECONDS)
        one.sendto(b"anyone?", (host, port))
        return one.recv(512) == b"anyone?"


def ping(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as one:
        one.settimeout(SECONDS)
        one.sendto(b"\x08\0\0\0\0\0\0\0", (host, 0))
        return bool(one.recv(512))


def unix(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(SECONDS)
        one.connect(path)
        return one.recv(4) == b"open"


def report(what, attempt, *arguments):
    try:
        outcome = "can" if attempt(*arguments) else "cannot"
        print(f"{outcome}: {what}")
    except OSError as failure:
        print(f"cannot: {what} ({failure})")


report("TCP", tcp, "203.0.113.10", 443)
report("UDP", udp, "203.0.113.10", 53)
report("DNS of the host", udp, "127.0.0.53", 53)
report("ICMP", ping, "203.0.113.10")
report("IPv6", tcp, "2001:db8::10", 443)
report("link-local IPv6", tcp, "fe80::10%lo", 443)
report("link-local and metadata", tcp, "169.254.169.254", 80)
report("private network", tcp, "10.9.9.9", 443)
report("loopback of the host", tcp, "127.0.0.1", 18091)
report("abstract unix socket", unix, "\0open-door")
report("names by nscd", unix, "/run/nscd/socket")
report("names by systemd-resolved", unix, "/run/systemd/resolve/io.systemd.Resolve")
report("Nix daemon", unix, "/nix/var/nix/daemon-socket/socket")
for address in sys.argv[1:]:
    host, port = address.rsplit(":", 1)
    report(f"another instance's {address}", tcp, host, int(port))
