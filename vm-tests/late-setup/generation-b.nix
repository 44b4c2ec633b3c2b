# Another secret, which is not there either.
{ lib, ... }:
{
  services.opencode.instances.secret.environmentFile = lib.mkForce "/srv/late/second.env";
}
