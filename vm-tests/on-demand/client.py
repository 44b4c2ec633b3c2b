"""A client that asks about once a second until it has seen so many servers, one after the other: client.py UNIT URL SERVERS.

It comes about when a server with an idle time of one second is stopped, at every moment of that. The pauses differ, since a
busy machine takes longer to stop one. Prints what it has counted.
"""

import subprocess
import sys
import time
import urllib.request

unit, url, starts = sys.argv[1], sys.argv[2], int(sys.argv[3])


def process():
    command = ["systemctl", "show", "--value", "--property=MainPID", unit]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


servers, asked, lost, longest = set(), 0, [], 0.0
while len(servers) < starts and asked < 20 * starts:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
    except OSError as error:
        # A server's refusal of a request without its password is an answer.
        if getattr(error, "code", None) != 401:
            lost.append(f"{asked}: {error}")
    longest = max(longest, time.monotonic() - began)
    servers.add(process())
    asked += 1
    time.sleep(1.2 + 0.05 * (asked % 32))
print(f"{asked} requests, {len(servers)} servers, {len(lost)} lost, the longest took {longest:.1f} s", *lost)
sys.exit(bool(lost) or len(servers) < starts)
