# Units of an instance that are another's as well, by names such as "a" with the provider "b-in", and "a-credential-b".
#
# identifiers.nix, network.nix and on-demand.nix tell of those that are another instance's server.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) names;
  namesOf = import ../units/network/names.nix { inherit lib; };

  # Besides the server's own.
  unitsOf =
    name: cfg:
    let
      unitNames = namesOf name cfg;
      around = map (ending: "opencode-${name}-${ending}") [
        "setup"
        "password"
        "clients"
      ];
    in
    lib.unique (
      around
      ++ lib.optionals cfg.network.isolate unitNames.all
      ++ lib.optionals cfg.onDemand.enable [
        unitNames.wayIn
        unitNames.idleName
      ]
    );

  owners = instances: lib.zipAttrs (
    lib.mapAttrsToList (name: cfg: lib.genAttrs (unitsOf name cfg) (_: name)) instances
  );
in
instances:
lib.mapAttrsToList (
  unit: sharers:
  "services.opencode.instances: ${names sharers} all need a unit named ${unit}: unit names are made from the names of instances and providers. Rename one of them."
) (lib.filterAttrs (_: sharers: lib.length sharers > 1) (owners instances))
