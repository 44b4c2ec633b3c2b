# What is different in the second generation.
{ lib, ... }:
let
  config.permission.webfetch = lib.mkForce "ask";
in
{
  services.opencode.instances = {
    one = { inherit config; };
    two = { inherit config; };
  };
}
