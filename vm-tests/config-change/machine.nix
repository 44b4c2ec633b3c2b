# The first generation.
{ lib, pkgs, ... }:
{
  services.opencode.instances = {
    moving.config.username = "generation a";
    unwanted = {
      config.username = "generation a";
      serviceConfig = import ../sleeping.nix pkgs;
    };
  };
  # Started by hand, when it is.
  systemd.services.opencode-unwanted.wantedBy = lib.mkForce [ ];
}
