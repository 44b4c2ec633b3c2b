# What is refused and what is warned about, for all enabled instances together.
#
# Every text names the offenders and what to do. Each rule is linear in the number of instances.
{ lib, pipeline }:
let
  identifiers = import ./problems/identifiers.nix { inherit lib; };
  rules = [
    (import ./problems/agents.nix { inherit lib; })
    (import ./problems/ports.nix { inherit lib; })
    (import ./problems/directories.nix { inherit lib; })
    (import ./problems/settings.nix { inherit lib; })
  ];

  # A name that cannot be is told once. What follows from it, such as the default of `stateDir`, may not even be of its
  # own type.
  withUsableNames = lib.filterAttrs (name: _: identifiers.isUnitName name);
in
{
  inherit (identifiers) isSound;

  errors =
    instances:
    identifiers.errors instances
    ++ lib.concatMap (errorsAmong: errorsAmong (withUsableNames instances)) rules;

  warnings =
    defaults: instances:
    lib.concatMap (warningsAmong: warningsAmong defaults (withUsableNames instances)) [
      (import ./problems/warnings.nix { inherit lib pipeline; })
      (import ./problems/secrets.nix { inherit lib pipeline; })
    ];
}
