"""Makes copies of the instance `rest` that run as its user: copies.py COUNT PORT. Copy N listens at the port 20000 + N."""

import json
import pathlib
import re
import subprocess
import sys

UNITS = pathlib.Path("/usr/local/lib/systemd/system")
KINDS = (".service", "-setup.service", "-in.service", "-idle.service", "-in.socket")
count, port = int(sys.argv[1]), sys.argv[2]
manifest = json.dumps(json.loads(pathlib.Path("/etc/opencode-setup/rest.json").read_text()), separators=(",", ":"))
loopback = re.search(r'"url":"http://(127\.[0-9.]+):', manifest).group(1)


def of_copy(text, number):
    text = re.sub(r"opencode-rest(?=(-setup|-in|-idle)?\.(service|socket))", f"opencode-rest-{number}", text)
    text = re.sub(r"(instance-state|projects|opencode-applied|opencode-clients)/rest\b", rf"\1/rest-{number}", text)
    text = re.sub(r"/nix/store/[0-9a-z]*-opencode-setup-rest\.json", f"/etc/opencode-tests-rest-{number}.json", text)
    text = text.replace('"instance":"rest"', f'"instance":"rest-{number}"')
    return text.replace(f":{port}", f":{20000 + number}").replace(loopback, f"127.130.{number}.1")


units = {kind: (UNITS / f"opencode-rest{kind}").read_text() for kind in KINDS}
folder = pathlib.Path("/run/systemd/system")
folder.mkdir(exist_ok=True)
for number in range(1, count + 1):
    pathlib.Path(f"/etc/opencode-tests-rest-{number}.json").write_text(of_copy(manifest, number))
    for kind, text in units.items():
        (folder / f"opencode-rest-{number}{kind}").write_text(of_copy(text, number))
    pathlib.Path(f"/run/opencode-applied/rest-{number}").mkdir()
    project = f"/var/lib/opencode/projects/rest-{number}"
    subprocess.run(["install", "-d", "-o", "opencode-rest", "-g", "opencode-rest", project], check=True)
