# The command line of one server. `opencode serve` prints its help and exits on a flag it does not
# know; there is none for the model, the provider or the configuration.
{
  lib,
  pkgs,
  utils,
}:
name: cfg:
# What password.nix and ../opencode say.
{ password, major }:
let
  # The server takes its password from its environment only, and a line end behind it would be part of it. opencodectl
  # leaves those out as well. With an empty password, the server is open to everybody.
  withPassword = pkgs.writeShellScript "opencode-${name}-with-password" ''
    set -euo pipefail
    password=$(<"$CREDENTIALS_DIRECTORY/${password.variable}")
    while [[ $password == *[$'\r\n'] ]]; do
      password=''${password%?}
    done
    if [ -z "$password" ]; then
      echo "the file with the server's password is empty: write the password there" >&2
      exit 1
    fi
    export ${password.variable}="$password"
    exec "$@"
  '';

  # The first process of a namespace is deaf to signals that it does not handle, and opencode does not handle SIGTERM:
  # it would be killed, after TimeoutStopSec. The shell also takes care of processes whose parents have ended.
  asSecondProcess = pkgs.writeShellScript "opencode-${name}-as-second-process" ''
    set -uo pipefail
    "$@" &
    wait "$!"
  '';
in
utils.escapeSystemdExecArgs (
  lib.optional (cfg.otherStates != [ ]) asSecondProcess
  ++ lib.optional password.hasFile withPassword
  ++ [
    (lib.getExe' cfg.package "opencode")
    "serve"
  ]
  ++ major.serveFlags
  ++ [
    "--hostname"
    cfg.listen.address
    "--port"
    cfg.listen.port
  ]
  ++ lib.optionals (cfg.logLevel != null) [
    "--log-level"
    (major.logLevel cfg.logLevel)
  ]
  ++ cfg.extraArgs
)
