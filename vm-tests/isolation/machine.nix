# Instances that try to get out, with two things granted, and what there is for them to find.
{ lib, pkgs, ... }:
let
  inside = name: {
    path = [
      pkgs.curl
      pkgs.procps
      pkgs.python3
    ];
    # Of its own, even, and open to everyone.
    configFile = "/srv/${name}.json";
    sandbox = {
      readWritePaths = [ "/srv/granted" ];
      unixSockets.allow = [ "/run/open-door" ];
    };
    # Added to ours, which stay.
    serviceConfig.BindPaths = [ "/srv/more" ];
  };
in
{
  services.opencode.instances = {
    inside = inside "inside";
    # A network of its own is made by other units, whose namespaces it joins.
    isolated = inside "isolated" // {
      network.isolate = true;
    };
    outside.serviceConfig = import ../sleeping.nix pkgs;
  };

  systemd.services =
    lib.genAttrs
      [
        "opencode-inside"
        "opencode-isolated"
      ]
      (_: {
        serviceConfig.SystemCallFilter = [ "@resources" ];
      });

  users.users.alice.isNormalUser = true;

  # Open to everyone, as far as permissions go: what keeps the instance out is the sandbox.
  systemd.tmpfiles.rules = [
    "d /srv/granted 0777 root root - -"
    "d /srv/more 0777 root root - -"
    "f /srv/inside.json 0666 opencode-inside opencode-inside - {}"
    "f /srv/isolated.json 0666 opencode-isolated opencode-isolated - {}"
    "f /etc/open 0666 root root - -"
    "f /var/lib/open 0666 root root - -"
    "d /srv/others 0777 root root - -"
    "d /home/alice 0777 alice users - -"
    "f /home/alice/notes 0666 alice users - notes of alice"
    "d /run/open-door 0755 root root - -"
    "d /run/closed-door 0755 root root - -"
  ];
}
