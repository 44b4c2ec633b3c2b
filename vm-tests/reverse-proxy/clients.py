"""Clients of a server behind nginx, all at once: prints what each of them saw, as JSON.

    clients.py SECONDS HOST...        the passwords are in the environment, as PASSWORD_<first label of HOST>

At each HOST: an event stream, a terminal that rests for SECONDS, and a command of that length whose answer is waited for.
Hosts whose name begins with "web" are asked with TLS.
"""

import base64
import concurrent.futures
import http.client
import json
import os
import ssl
import sys
import time

REST = float(sys.argv[1])
PATIENCE = REST + 30


def connect(host):
    if host.startswith("web"):
        context = ssl.create_default_context(cafile="/var/lib/tls/web.pem")
        # The test's own certificate does without fields that newer rules ask for.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return http.client.HTTPSConnection(host, timeout=PATIENCE, context=context)
    return http.client.HTTPConnection(host, timeout=PATIENCE)


def headers(host, **more):
    password = os.environ[f"PASSWORD_{host.split('.')[0]}"]
    basic = base64.b64encode(f"opencode:{password}".encode()).decode()
    return {"authorization": f"Basic {basic}", "content-type": "application/json", **more}


def ask(host, route, body):
    connection = connect(host)
    connection.request("POST", route, json.dumps(body), headers(host))
    answer = connection.getresponse()
    return answer.status, answer.read()


def events(host):
    """The seconds from a change to its event after the rest, those that the stream was open, and how it is encoded."""
    connection = connect(host)
    connection.request("GET", "/event", headers=headers(host, **{"accept-encoding": "gzip"}))
    stream = connection.getresponse()
    opened = time.monotonic()

    def wait_for(text):
        while text.encode() not in (line := stream.readline()):
            if not line:
                raise EOFError(f"the stream ended after {time.monotonic() - opened:.0f} s")

    wait_for("server.connected")
    while time.monotonic() < opened + REST:
        wait_for("server.heartbeat")
    title = os.urandom(8).hex()
    began = time.monotonic()
    ask(host, "/session", {"title": title})
    wait_for(title)
    now = time.monotonic()
    return {"delay": now - began, "seconds": now - opened, "encoding": stream.getheader("content-encoding")}


def terminal(host):
    """What a terminal says after it has rested: the answer to a line of input."""
    _, pty = ask(host, "/pty", {"command": "/bin/cat"})
    connection = connect(host)
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13", "sec-websocket-key": base64.b64encode(os.urandom(16)).decode()}
    connection.putrequest("GET", f"/pty/{json.loads(pty)['id']}/connect")
    for name, value in headers(host, **upgrade).items():
        connection.putheader(name, value)
    connection.endheaders()
    socket = connection.sock
    socket.settimeout(PATIENCE)
    answer = socket.recv(65536)
    if b" 101 " not in answer.split(b"\r\n")[0]:
        return answer.split(b"\r\n")[0].decode()
    time.sleep(REST)
    text = b"still here\n"
    # A whole text frame, masked with zeros (RFC 6455, 5.2).
    socket.sendall(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
    said = b""
    while text.strip() not in said:
        part = socket.recv(65536)
        if not part:
            return f"closed after {said!r}"
        said += part
    return "still here"


def command(host):
    """The status of an answer that takes a while, in which nothing is sent."""
    _, session = ask(host, "/session", {})
    began = time.monotonic()
    status, _ = ask(host, f"/session/{json.loads(session)['id']}/shell", {"agent": "build", "command": f"sleep {REST}"})
    return {"status": status, "seconds": time.monotonic() - began}


def attempt(client, host):
    try:
        return client(host)
    except OSError as error:
        return repr(error)
    except EOFError as error:
        return str(error)


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    tasks = {(host, client.__name__): pool.submit(attempt, client, host) for host in sys.argv[2:] for client in (events, terminal, command)}
    print(json.dumps({f"{host} {client}": task.result() for (host, client), task in tasks.items()}))
