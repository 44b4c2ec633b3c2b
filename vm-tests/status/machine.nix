# An instance for each way to stand. Three have the real server.
{ lib, pkgs, ... }:
let
  isStill.serviceConfig = import ../sleeping.nix pkgs;
in
{
  services.opencode = {
    metrics = {
      enable = true;
      interval = "5s";
    };
    instances = {
      good.auth.generate = true;
      closed = {
        path = [ pkgs.curl ];
        network = {
          isolate = true;
          allowedDomains = [ "allowed.example" ];
        };
      };
      # A server that is overridden does not stay where it has to prove itself.
      overridden = {
        checkOnStart = false;
        config.share = "disabled";
      };
      drifted = isStill;
      stopped = isStill;
      broken = isStill // {
        preInitScript = "exit 1";
      };
      # As with a server that a connection starts: its socket listens, and it is down.
      napping = isStill // {
        network.isolate = true;
      };
    };
  };
  systemd.services = lib.genAttrs [ "opencode-stopped" "opencode-napping" ] (_: {
    wantedBy = lib.mkForce [ ];
  });
}
