# The proxies and nginx read /etc/resolv.conf when they start, which may be before the host has a network. When it changes,
# they read it again.
{
  lib,
  pkgs,
  utils,
  systemd,
}:
let
  namesOf = import ./names.nix { inherit lib; };
  hardening = import ./hardening.nix;

  # No instance has a name that makes this one of its units.
  unit = "opencode_resolv_conf";
in
# All instances.
instances:
let
  names = lib.mapAttrsToList namesOf (lib.filterAttrs (_: cfg: cfg.network.isolate) instances);
  readers =
    map (one: "${one.proxy}.service") names
    ++ lib.unique (lib.concatMap (one: map (_: "${one.holder}.service") one.credentials) names);
in
lib.optionalAttrs (readers != [ ]) {
  paths.${unit} = {
    description = "Name servers of the host, for opencode instances";
    wantedBy = [ "paths.target" ];
    # systemd also sees it where the file is replaced, and where it is behind a link.
    pathConfig.PathChanged = "/etc/resolv.conf";
  };

  services.${unit} = {
    description = "Reload what resolves names for opencode instances";
    serviceConfig = hardening.systemctl // {
      Type = "oneshot";
      ExecStart = [
        # Changes often come several at a time, and systemd does not see those that come while this runs.
        "${lib.getExe' pkgs.coreutils "sleep"} 1"
        (utils.escapeSystemdExecArgs (
          [
            "${systemd}/bin/systemctl"
            # Without waiting: systemd is to watch the file again before it is read.
            "--no-block"
            "try-reload-or-restart"
          ]
          ++ readers
        ))
      ];
    };
    # A limit would end the path unit.
    unitConfig.StartLimitIntervalSec = 0;
  };
}
