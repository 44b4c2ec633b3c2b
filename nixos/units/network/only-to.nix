# systemd-socket-proxyd for an address that every user of the machine could listen at while the server does not: who does
# would get the passwords of clients. Without the server, clients are turned away.
{ pkgs }:
pkgs.writeShellScript "opencode-door" ''
  set -euo pipefail
  opencodectl=$1
  user=$2
  to=$3
  shift 3
  if "$opencodectl" listener --user "$user" "$to"; then
    exec "$@" "$to"
  fi
  # Where nobody listens. It ends soon, so that the next client may find the server.
  exec "$@" --exit-idle-time=1 /run/nobody
''
