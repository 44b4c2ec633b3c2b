# Proxies and nginx read /etc/resolv.conf when they start. Here they are told to read it again when it changes: with a lease
# of DHCP, or because the network is configured after they have started. A reload keeps the connections that there are.
{
  lib,
  pkgs,
  systemd,
}:
let
  namesOf = import ./names.nix { inherit lib; };
  hardening = import ./hardening.nix;
in
# All instances.
instances:
let
  names = lib.mapAttrsToList namesOf (lib.filterAttrs (_: cfg: cfg.network.isolate) instances);
  readers = lib.unique (
    lib.concatMap (
      one:
      [ "${one.proxy}.service" ] ++ lib.optional (one.credentials != [ ]) "${one.holder}.service"
    ) names
  );
in
lib.optionalAttrs (names != [ ]) {
  # systemd also sees it where the file is replaced, and where it is behind a link.
  paths.opencode-resolver = {
    description = "The DNS servers of opencode instances";
    wantedBy = [ "paths.target" ];
    pathConfig.PathChanged = "/etc/resolv.conf";
  };

  services.opencode-resolver = {
    description = "The DNS servers of opencode instances";
    documentation = [ "man:resolv.conf(5)" ];
    # Changes often come several at a time, and systemd does not see those that come while this runs.
    unitConfig.StartLimitIntervalSec = 0;
    serviceConfig = hardening.resolver // {
      Type = "oneshot";
      ExecStart = [
        "${lib.getExe' pkgs.coreutils "sleep"} 1"
        # Not for those that do not run, and not waiting: systemd is to watch again before they read.
        "${systemd}/bin/systemctl try-reload-or-restart --no-block ${toString readers}"
      ];
    };
  };
}
