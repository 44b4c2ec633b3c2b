# Servers that run while they are in use.
{ pkgs, ... }:
let
  model = import ../scripted-model.nix pkgs;
  onDemand = {
    enable = true;
    idleTimeout = 1;
  };
  config = model.config // {
    username = "generation a";
  };
in
{
  services.opencode.instances = {
    plain = {
      inherit onDemand config;
    };
    closed = {
      inherit onDemand config;
      network = {
        isolate = true;
        allowedHostPorts = [ 18080 ];
      };
    };
    late = {
      inherit onDemand;
      preInitScript = "test -e /etc/opencode-tests-ready";
    };
    # Starts in no time, for many starts.
    quick = {
      inherit onDemand;
      auth.required = false;
      serviceConfig = {
        ExecStart = "${pkgs.python3}/bin/python3 /etc/opencode-tests/false-server.py 127.162.199.43 4096";
        ExecStartPost = "${pkgs.bash}/bin/bash -c 'until : < /dev/tcp/127.162.199.43/4096; do sleep 0.05; done'";
      };
    };
    # The script makes 200 of it.
    rest = {
      onDemand.enable = true;
      auth.passwordFile = "/etc/opencode-tests-password";
    };
  };

  environment.etc = {
    "opencode-tests/slow-provider.py".source = ./slow-provider.py;
    "opencode-tests/false-server.py".source = ./false-server.py;
    "opencode-tests/foreign.py".source = ./foreign.py;
    "opencode-tests/copies.py".source = ./copies.py;
    "opencode-tests/client.py".source = ./client.py;
  };
}
