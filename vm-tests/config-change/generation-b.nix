# What is different in the second generation.
{ lib, pkgs, ... }:
let
  config.username = lib.mkForce "generation b";
in
{
  services.opencode.instances = {
    moving = { inherit config; };
    unwanted = { inherit config; };
    # With a program that both of its units have.
    staying = {
      inherit config;
      path = [ pkgs.jq ];
    };
  };
}
