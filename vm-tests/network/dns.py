"""The DNS of the false Internet: names that are not in /etc/hosts, some with several addresses (squid takes one of those in
/etc/hosts), and one whose address is another each time.

Prints a line for each question about an IPv4 address. The argument is the address to listen at.
"""

import itertools
import socket
import struct
import sys

ADDRESS = sys.argv[1]
# Knows one name more.
SECOND = "127.0.0.55"
PUBLIC, LOOPBACK, PRIVATE, GIVEN = "203.0.113.10", "127.0.0.1", "10.9.9.9", "10.9.9.10"
NAMES = {
    "provider.example": itertools.repeat([PUBLIC]),
    "impostor.example": itertools.repeat([PUBLIC]),
    "registry.example": itertools.repeat([PUBLIC]),
    "both.example": itertools.repeat([PUBLIC, PRIVATE]),
    "half.example": itertools.repeat([GIVEN, PRIVATE]),
    "rebinding.example": itertools.cycle([[PUBLIC], [LOOPBACK]]),
}
if ADDRESS == SECOND:
    NAMES["moved.example"] = itertools.repeat([PUBLIC])
IPV4, IN = 1, 1
ANSWER, NO_SUCH_NAME = 0x8180, 0x8183


def question_in(packet):
    """The name, the type, and where the question ends."""
    labels, place = [], 12
    while packet[place]:
        labels.append(packet[place + 1 : place + 1 + packet[place]].decode())
        place += 1 + packet[place]
    return ".".join(labels).lower(), struct.unpack_from("!H", packet, place + 1)[0], place + 5


def answer_to(packet):
    name, kind, end = question_in(packet)
    known = name in NAMES
    records = []
    if known and kind == IPV4:
        addresses = next(NAMES[name])
        print(f"{name} is {' '.join(addresses)}", file=sys.stderr, flush=True)
        # The name as a pointer to the question, a TTL of 0, and four bytes.
        records = [struct.pack("!HHHIH", 0xC00C, IPV4, IN, 0, 4) + socket.inet_aton(address) for address in addresses]
    header = packet[:2] + struct.pack("!HHHHH", ANSWER if known else NO_SUCH_NAME, 1, len(records), 0, 0)
    return header + packet[12:end] + b"".join(records)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((ADDRESS, 53))
    print("ready", file=sys.stderr, flush=True)
    while True:
        packet, client = server.recvfrom(512)
        server.sendto(answer_to(packet), client)


main()
