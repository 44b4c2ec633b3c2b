# `logFile`: opencode appends to a file for ever, beside what it says on standard error. A link in its place leads nowhere.
#
# It is put there by the instance's user, in the setup unit's sandbox: whatever an agent has left there instead, no more
# than that user may do is done with it.
{ pkgs }:
let
  inherit (import ../content/home-places.nix) log;

  discard = pkgs.writeShellScript "opencode-discard-log" ''
    set -euo pipefail
    cd "$HOME"
    if [ -L ${log} ] && [ "$(readlink ${log})" = /dev/null ]; then
      exit 0
    fi
    mkdir -p ${builtins.dirOf log}
    if [ -e ${log} ] || [ -L ${log} ]; then
      mv --no-target-directory --backup=numbered ${log} ${log}.old
      echo "moved $HOME/${log} to opencode.log.old: the journal has what the server logs from now on"
    fi
    ln -s /dev/null ${log}
  '';

  keep = pkgs.writeShellScript "opencode-keep-log" ''
    set -euo pipefail
    cd "$HOME"
    if [ -L ${log} ] && [ "$(readlink ${log})" = /dev/null ]; then
      rm ${log}
    fi
  '';
in
cfg:
{
  # What the setup unit does when the executor is done. "-": a server with a log is better than none.
  afterSetup = [ "-${if cfg.logFile then keep else discard}" ];
}
