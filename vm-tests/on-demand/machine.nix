# Servers that run while they are in use: of opencode 1 without and with a network of its own, and one whose setup fails.
{ pkgs, ... }:
let
  model = import ../scripted-model.nix pkgs;
  onDemand = {
    enable = true;
    idleTimeout = 2;
  };
in
{
  services.opencode.instances = {
    plain = model // {
      inherit onDemand;
    };
    closed = model // {
      inherit onDemand;
      network = {
        isolate = true;
        allowedHostPorts = [ 18080 ];
      };
    };
    late = {
      inherit onDemand;
      preInitScript = "test -e /etc/opencode-tests/ready";
    };
  };

  environment.etc."opencode-tests/slow-provider.py".source = ./slow-provider.py;
}
