# What is refused and what is warned about, for all enabled instances together.
#
# Every text names the offenders and what to do. Each rule is linear in the number of instances.
{
  lib,
  pipeline,
  # What the rest of the system says.
  system,
}:
let
  identifiers = import ./problems/identifiers.nix { inherit lib; };
  network = import ./problems/network.nix { inherit lib pipeline; };
  hiddenFiles = import ./problems/hidden-files.nix { inherit lib pipeline system; };

  keysOfMajors = import ./problems/keys-of-majors.nix { inherit lib pipeline; };
  onDemand = import ./problems/on-demand.nix { inherit lib; };
  clients = import ./problems/clients.nix { inherit lib system; };

  rules = [
    keysOfMajors.errors
    (import ./problems/agents.nix { inherit lib; })
    (import ./problems/addresses.nix { inherit lib; })
    (import ./problems/ports.nix { inherit lib; })
    (import ./problems/shared-units.nix { inherit lib; })
    (import ./problems/users-of-doors.nix { inherit lib; })
    onDemand.errors
    (import ./problems/directories.nix { inherit lib; })
    (import ./problems/places.nix { inherit lib system; })
    (import ./problems/settings.nix { inherit lib; })
    (import ./problems/majors.nix { inherit lib; })
    (import ./problems/passwords.nix { inherit lib; })
    (import ./problems/nginx.nix { inherit lib; })
    (import ./problems/content.nix { inherit lib; })
    network.errors
    (import ./problems/network-credentials.nix { inherit lib; })
  ];

  # Those that look at the units as they are in the end.
  rulesOfUnits = [
    (import ./problems/units.nix { inherit lib system; })
    clients.errors
    hiddenFiles.errors
  ];

  # A name that cannot be is told once. What follows from it, such as the default of `stateDir`, may not even be of its
  # own type.
  withUsableNames = lib.filterAttrs (name: _: identifiers.isUnitName name);
  withUnits = lib.filterAttrs identifiers.isSound;
in
{
  inherit (identifiers) isSound;

  errors =
    instances:
    identifiers.errors instances
    ++ lib.concatMap (errorsAmong: errorsAmong (withUsableNames instances)) rules
    ++ lib.concatMap (errorsAmong: errorsAmong (withUnits instances)) rulesOfUnits;

  warnings =
    defaults: instances:
    lib.concatMap (warningsAmong: warningsAmong defaults (withUsableNames instances)) [
      (import ./problems/warnings.nix { inherit lib pipeline; })
      (import ./problems/secrets.nix { inherit lib pipeline; })
      (import ./problems/project-config.nix { inherit lib pipeline; })
      keysOfMajors.warnings
      network.warnings
      onDemand.warnings
      clients.warnings
      (import ./problems/reached-servers.nix { inherit lib; })
    ]
    ++ hiddenFiles.warnings (withUnits instances);
}
