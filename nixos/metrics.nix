# services.opencode.metrics: what `opencodectl metrics` tells, in a file for Prometheus' node exporter.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkOption;

  cfg = config.services.opencode;
  inherit (cfg) metrics;

  path = import ./path-types.nix { inherit lib; };
  values = import ./units/values.nix { inherit lib; };
  inherit (import ./units/directives.nix { inherit lib; }) ours;

  # No instance has a unit of that name: theirs begin with "opencode-".
  unit = "opencodectl-metrics";
in
{
  options.services.opencode.metrics = {
    enable = lib.mkEnableOption "a file with metrics of all instances, for the textfile collector of Prometheus' node exporter";

    directory = mkOption {
      type = path.absolute;
      default = "/var/lib/opencode-metrics";
      description = ''
        The directory to which the file `opencode.prom` is written. Pass the same directory to the node exporter as
        `--collector.textfile.directory`. If it is missing, it is created and belongs to root. An existing directory has
        to belong to root, since the unit may not write to directories of other users.
      '';
    };

    interval = mkOption {
      type = lib.types.nonEmptyStr;
      default = "1min";
      example = "5min";
      description = "How long to wait between the end of one run and the start of the next, in the format of {manpage}`systemd.time(7)`.";
    };

    package =
      let
        # Without the overlay, this repository's own.
        packages.opencode-setup = pkgs.opencode-setup or (pkgs.callPackage ./package.nix { });
      in
      lib.mkPackageOption packages "opencode-setup" {
        extraDescription = "Its `opencodectl` collects the metrics.";
      };
  };

  config = lib.mkIf (cfg.enable && metrics.enable) {
    systemd.services.${unit} = {
      description = "Metrics of opencode instances";
      documentation = [ "man:opencodectl(1)" ];
      serviceConfig = ours {
        Type = "oneshot";
        ExecStart = utils.escapeSystemdExecArgs [
          (lib.getExe' metrics.package "opencodectl")
          "metrics"
          "--output"
          "${metrics.directory}/opencode.prom"
        ];
        # opencodectl gives up each instance by itself, long before.
        TimeoutStartSec = "10min";
        UMask = "0022";

        # It is root, with what it takes to become the user of an instance (SETUID, SETGID), to get to its state directory
        # (DAC_READ_SEARCH) and into its network (SYS_ADMIN, SYS_PTRACE), and to end a child that hangs (KILL).
        #
        # Nothing here that makes a mount namespace, such as ProtectSystem=: systemd hides /run/credentials in one, and
        # the passwords of the servers are there.
        CapabilityBoundingSet = [
          "CAP_SETUID"
          "CAP_SETGID"
          "CAP_DAC_READ_SEARCH"
          "CAP_SYS_ADMIN"
          "CAP_SYS_PTRACE"
          "CAP_KILL"
        ];
        NoNewPrivileges = true;
        RestrictNamespaces = "net";
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        SystemCallFilter = [ "@system-service" ];
        SystemCallErrorNumber = "EPERM";
        SystemCallArchitectures = "native";
        MemoryDenyWriteExecute = true;
        LockPersonality = true;
        RestrictRealtime = true;
        ProtectClock = true;
        ProtectHostname = true;
        DevicePolicy = "closed";
        # No RestrictSUIDSGID: it takes openat2(2) away, with which a state directory is opened.
      };
    };

    systemd.timers.${unit} = {
      description = "Metrics of opencode instances";
      documentation = [ "man:opencodectl(1)" ];
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnActiveSec = metrics.interval;
        OnUnitInactiveSec = metrics.interval;
        AccuracySec = "1s";
      };
    };

    # ":": one that is there stays as it is.
    systemd.tmpfiles.rules = [ "d ${values.tmpfiles metrics.directory} :0755 :root :root - -" ];
  };
}
