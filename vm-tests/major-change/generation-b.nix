# The second one: opencode 2.
{ lib, pkgs, ... }:
{
  services.opencode.instances.moving = {
    package = lib.mkForce pkgs.opencode2;
    # The version of a preview does not say.
    opencodeMajor = 2;
  };
}
