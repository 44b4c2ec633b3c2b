# Which options of a schema have no description, and which descriptions have no option.
{
  nixpkgs ? <nixpkgs>,
  # The path of the schema.
  schema,
}:
let
  lib = import (nixpkgs + "/lib");

  inherit
    (import ../lib.nix {
      inherit lib;
      pkgs = { };
      definitions = lib.importJSON schema;
    })
    internal
    ;
in
{
  inherit (internal.config.coverage) missing stale;
}
