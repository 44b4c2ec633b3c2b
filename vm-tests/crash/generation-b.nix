# What it is switched to when it loses power.
{ lib, ... }:
{
  services.opencode.instances.cut.config.username = lib.mkForce "generation b";
}
