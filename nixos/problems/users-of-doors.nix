# Agents that would be the user of what stands between them and the host's network, or the keys.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  # Those of units/network/door.nix and credentials.nix.
  reserved = [
    "opencode_door"
    "opencode_credentials"
  ];

  errorsOf =
    name: cfg:
    map
      (
        { what, value }:
        "${option name what} is ${value}, which is reserved for units that hold keys, or sockets of the host's network. Name another."
      )
      (
        lib.filter ({ value, ... }: lib.elem value reserved) (
          [
            {
              what = "user";
              value = cfg.user;
            }
          ]
          ++ map (value: {
            what = "group";
            inherit value;
          }) (lib.optional (cfg.group != cfg.user) cfg.group)
          ++ map (value: {
            what = "extraGroups";
            inherit value;
          }) cfg.extraGroups
        )
      );
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
