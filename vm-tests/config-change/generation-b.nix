# What is different in the second generation.
{ lib, ... }:
{
  services.opencode.instances.moving.config.username = lib.mkForce "generation b";
}
