# The first generation.
{ lib, pkgs, ... }:
{
  services.opencode.instances = {
    moving.config.username = "generation a";
    # No switch cuts its sessions.
    staying = {
      config.username = "generation a";
      restartIfChanged = false;
    };
    unwanted = {
      config.username = "generation a";
      serviceConfig = import ../sleeping.nix pkgs;
    };
  };
  # Started by hand, when it is.
  systemd.services.opencode-unwanted.wantedBy = lib.mkForce [ ];
}
