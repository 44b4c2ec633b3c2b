# Two instances to be damaged, or one of them.
{ pkgs, ... }:
{
  services.opencode.defaults.serviceConfig = import ../sleeping.nix pkgs;
  services.opencode.instances = {
    mended = { };
    whole = { };
  };
}
