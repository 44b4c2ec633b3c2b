# Two instances whose passwords are made on the machine; the real server of one.
{ pkgs, ... }:
{
  services.opencode.defaults.auth.generate = true;
  services.opencode.instances = {
    guarded = { };
    other.serviceConfig = import ../sleeping.nix pkgs;
  };
}
