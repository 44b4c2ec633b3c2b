# `nix run .#vm-<scenario>`: the machine of a scenario, on this host and outside of a build. With `-- --interactive` it
# waits for commands.
{ pkgs }:
let
  inherit (pkgs) lib;
in
lib.mapAttrs (name: test: {
  type = "app";
  program = lib.getExe' test.driver "nixos-test-driver";
  meta.description = "Run the NixOS test ${name}";
}) (import ./nixos-tests.nix { inherit pkgs; })
