# A fleet: 48 instances whose server is asleep, and two whose server is real.
{ lib, pkgs, ... }:
let
  sleeping = lib.genAttrs (map (number: "fleet-${toString number}") (lib.range 1 48)) (_: {
    serviceConfig = import ../sleeping.nix pkgs;
  });
in
{
  services.opencode.instances = sleeping // {
    first = { };
    last = { };
  };
}
