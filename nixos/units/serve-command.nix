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
  # The server takes its password from its environment only, and a line break at the end of the
  # file would be part of it: the shell leaves that out.
  withPassword = pkgs.writeShellScript "opencode-${name}-with-password" ''
    set -euo pipefail
    ${password.variable}=$(<"$CREDENTIALS_DIRECTORY/${password.variable}")
    if [ -z "''$${password.variable}" ]; then
      echo "the file of the password is empty, and the server would have none: write one to it and start this unit again" >&2
      exit 1
    fi
    export ${password.variable}
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
