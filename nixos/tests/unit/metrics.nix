# The file for Prometheus' node exporter: who writes it, where, how often, and with which rights.
{ lib, ask, ... }:
let
  unit = "opencodectl-metrics";
  with' =
    metrics:
    ask.of {
      instances.x = { };
      metrics = {
        enable = true;
      }
      // metrics;
    };
  plain = with' { };
  timerText = config: ask.plain config.systemd.units."${unit}.timer".text;
  missingIn = text: lib.filter (part: !lib.hasInfix part text);
  rulesAbout = directory: config: lib.filter (lib.hasInfix directory) config.systemd.tmpfiles.rules;
in
{
  tests = {
    "nobody looks unless it is asked for, and somebody is there to look at" = {
      expr = map (config: config.systemd.units ? "${unit}.timer") [
        (ask.one { })
        (with' { enable = false; })
        (ask.of { metrics.enable = true; })
        plain
      ];
      expected = [
        false
        false
        false
        true
      ];
    };
    "opencodectl replaces the file, and finds systemctl and journalctl" = {
      expr = [
        (lib.hasInfix "/bin/opencodectl\" \"metrics\" \"--output\" \"/var/lib/opencode-metrics/opencode.prom\"" (
          ask.value plain unit "ExecStart"
        ))
        (ask.value plain unit "Type")
        (lib.elem "systemd" (map lib.getName (ask.searchPath plain unit)))
      ];
      expected = [
        true
        "oneshot"
        true
      ];
    };
    "the timer waits as long as one says after each look" = {
      expr = missingIn (timerText (with' { interval = "5min"; })) [
        "OnActiveSec=5min"
        "OnUnitInactiveSec=5min"
      ];
      expected = [ ];
    };
    "the directory is made where it is missing, and left as it is where it is not" = {
      expr = [
        (rulesAbout "metrics" plain)
        (rulesAbout "metrics" (with' { directory = "/srv/100% metrics"; }))
      ];
      expected = [
        [ "d \"/var/lib/opencode-metrics\" :0755 :root :root - -" ]
        [ "d \"/srv/100%% metrics\" :0755 :root :root - -" ]
      ];
    };
    "it has no mount namespace, in which the passwords would be hidden" = {
      expr = lib.concatMap (ask.directive plain unit) [
        "ProtectSystem"
        "ProtectHome"
        "PrivateTmp"
        "PrivateDevices"
        "PrivateMounts"
        "ReadWritePaths"
        "BindPaths"
        "ProtectKernelTunables"
        "ProtectKernelModules"
        "ProtectKernelLogs"
        "ProtectControlGroups"
        "ProtectProc"
        "TemporaryFileSystem"
      ];
      expected = [ ];
    };
    "the manifest says which unit a server is, and whether it has a network of its own" = {
      expr =
        map (x: { inherit ((ask.manifest (ask.one x) "x").server) unit isolated; })
          [
            { }
            { network.isolate = true; }
          ];
      expected = [
        {
          unit = "opencode-x.service";
          isolated = false;
        }
        {
          unit = "opencode-x.service";
          isolated = true;
        }
      ];
    };
    "an instance may be called metrics" = {
      expr = ask.unitNames (
        ask.of {
          instances.metrics = { };
          metrics.enable = true;
        }
      );
      expected = [
        "opencode-metrics"
        "opencode-metrics-setup"
        "opencodectl-metrics"
      ];
    };
  };

  errors = {
    "a directory that is relative" = {
      expr = rulesAbout "metrics" (with' { directory = "metrics"; });
      message = "services.opencode.metrics.directory.*is relative";
    };
  };
}
