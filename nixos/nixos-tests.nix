# The scenarios of vm-tests/ as NixOS tests, by name: `vm-<scenario>`. Their machines are of one kind only.
{ pkgs }:
let
  inherit (pkgs) lib;
in
lib.optionalAttrs (pkgs.stdenv.hostPlatform.system == "x86_64-linux") (
  lib.mapAttrs' (name: lib.nameValuePair "vm-${name}") (import ../vm-tests { inherit pkgs; })
)
