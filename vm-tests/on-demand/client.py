"""A client that asks about once a second until a server has been started so many times: client.py UNIT URL STARTS.

Its pauses are of all lengths, so that it comes at every moment of a stop and of a start. Prints what it has counted.
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
    # From the idle time to as much longer as a stop takes.
    time.sleep(float(sys.argv[4]) + 0.04 * (asked % 16))
print(f"{asked} requests, {len(servers)} servers, {len(lost)} lost, the longest took {longest:.1f} s", *lost)
sys.exit(bool(lost) or len(servers) < starts)
