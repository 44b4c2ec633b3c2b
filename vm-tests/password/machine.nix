# Two instances whose passwords are made on the machine; the real server of one, and two people.
{ pkgs, ... }:
{
  users.users = {
    alice = {
      isNormalUser = true;
      extraGroups = [ "developers" ];
    };
    bob.isNormalUser = true;
  };
  services.opencode.defaults.auth.generate = true;
  services.opencode.instances = {
    guarded.auth.group = "developers";
    other.serviceConfig = import ../sleeping.nix pkgs;
  };
}
