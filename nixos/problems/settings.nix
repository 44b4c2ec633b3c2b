# Settings of one instance that cannot work.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option;
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    lib.optional (
      cfg.environment ? HOME
    ) "${option name "environment"}.HOME: HOME is the state directory. Set `stateDir` instead."
    ++ map (
      id:
      "${option name "credentials"}: \"${id}\" cannot be the name of a credential: use letters, digits, \"_\", \".\" and \"-\"."
    ) (lib.filter (id: builtins.match "[A-Za-z0-9_.-]+" id == null) (lib.attrNames cfg.credentials))
  ) instances
)
