# Setup units that fail at first, each for a reason of its own. Some of them can succeed later, some cannot.
{ lib, pkgs, ... }:
let
  serviceConfig = import ../sleeping.nix pkgs;

  # Fails until it has been run a number of times.
  failing = times: ''
    echo x >> attempts
    if [ "$(wc -l < attempts)" -le ${toString times} ]; then
      echo "attempt $(wc -l < attempts) fails"
      exit 1
    fi
  '';

  # Runs the executor with other arguments.
  withArguments = arguments: {
    serviceConfig.ExecStart = "${pkgs.opencode-setup}/bin/opencode-setup ${arguments}";
  };
in
{
  services.opencode.instances = {
    secret = {
      inherit serviceConfig;
      environmentFile = "/srv/late/secret.env";
    };
    flaky = {
      inherit serviceConfig;
      preInitScript = failing 3;
    };
    hanging = {
      inherit serviceConfig;
      preInitScript = ''
        test -e attempted || { touch attempted; sleep infinity; }
      '';
    };
    unwanted = {
      inherit serviceConfig;
      preInitScript = failing 1;
    };
    misused = { inherit serviceConfig; };
    conflicting = {
      inherit serviceConfig;
      onConflict = "fail";
    };
    unreadable = { inherit serviceConfig; };
  };

  systemd.services = {
    opencode-hanging-setup.serviceConfig.TimeoutStartSec = "4s";
    opencode-unwanted.wantedBy = lib.mkForce [ ];
    opencode-misused-setup = withArguments "frobnicate";
    opencode-unreadable-setup = withArguments "apply /srv/late/manifest.json";
  };

  systemd.tmpfiles.rules = [
    "d /srv/late 0755 root root - -"
    "f /srv/late/manifest.json 0644 root root - {}"
    "d /var/lib/opencode/instance-state/conflicting 0700 opencode-conflicting opencode-conflicting - -"
    "d /var/lib/opencode/instance-state/conflicting/.config 0700 opencode-conflicting opencode-conflicting - -"
    "d /var/lib/opencode/instance-state/conflicting/.config/opencode 0700 opencode-conflicting opencode-conflicting - -"
    "f /var/lib/opencode/instance-state/conflicting/.config/opencode/opencode.json 0600 opencode-conflicting opencode-conflicting - {}"
  ];
}
