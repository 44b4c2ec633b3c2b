# What is different in the second generation.
{ lib, ... }:
let
  config.username = lib.mkForce "generation b";
in
{
  services.opencode.instances = {
    plain = { inherit config; };
    closed = { inherit config; };
  };
}
