# What is refused and what is warned about, for all enabled instances together.
#
# Every text names the offenders and what to do. Each rule is linear in the number of instances.
{ lib, pipeline }:
let
  inherit (import ./problems/words.nix { inherit lib; }) option;
  identifiers = import ./problems/identifiers.nix { inherit lib; };
  rules = [
    identifiers.errors
    (import ./problems/ports.nix { inherit lib; })
    (import ./problems/directories.nix { inherit lib; })
    (import ./problems/settings.nix { inherit lib; })
  ];
in
{
  inherit (identifiers) isSound;

  # The instance, unless it sets an option of the past: an assertion would come too late for whoever evaluates a unit.
  withoutRemovedOptions =
    name: cfg:
    lib.throwIf (cfg.opencodeCfg != null)
      "${option name "opencodeCfg"} no longer exists. Write the same settings to ${option name "config"}, which is typed, or name a ready-made file with `configFile`."
      cfg;

  errors = instances: lib.concatMap (errorsAmong: errorsAmong instances) rules;

  warnings = import ./problems/warnings.nix { inherit lib pipeline; };
}
