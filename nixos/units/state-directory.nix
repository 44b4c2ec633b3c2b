# Who makes the state directory, and with which rights: the instance's, and nobody else's.
{ lib }:
let
  values = import ./values.nix { inherit lib; };
in
cfg:
let
  # StateDirectory= has a syntax of its own for spaces and the like: paths with such go the other way.
  belowVarLib = builtins.match "/var/lib/([A-Za-z0-9_./-]+)" cfg.stateDir;
in
if belowVarLib != null then
  {
    # systemd makes it before either unit starts, gives it to the user, and lets the unit write
    # there. Both units name it: each runs with a read-only file system otherwise.
    serviceConfig = {
      StateDirectory = belowVarLib;
      StateDirectoryMode = "0700";
    }
    // lib.optionalAttrs (cfg.limits.stateSize != null) { StateDirectoryQuota = cfg.limits.stateSize; };
    isBound = false;
    tmpfiles = [ ];
  }
else
  {
    serviceConfig = { };
    isBound = true;
    tmpfiles = [ "d ${values.tmpfiles cfg.stateDir} 0700 ${cfg.user} ${cfg.group} - -" ];
  }
