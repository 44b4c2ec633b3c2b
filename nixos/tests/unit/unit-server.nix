# The server's unit.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  bare = ask.one { };
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  main = ask.value bare "opencode-x";

  commandOf = x: ask.value (ask.one x) "opencode-x" "ExecStart";
  has = text: part: lib.hasInfix part text;
in
{
  tests = {
    "the server is started with print-logs, hostname and port, and no other flag" = {
      expr = main "ExecStart";
      expected = ''"${pkgs.opencode}/bin/opencode" "serve" "--print-logs" "--hostname" "127.0.0.1" "--port" "17986"'';
    };
    "logLevel is a flag of the server, in its spelling" = {
      expr = has (commandOf { logLevel = "DEBUG"; }) ''"--log-level" "DEBUG"'';
      expected = true;
    };
    "extraArgs come last" = {
      expr = lib.hasSuffix ''"--log-level" "INFO" "--cors" "https://a.example"'' (commandOf {
        logLevel = "INFO";
        extraArgs = [
          "--cors"
          "https://a.example"
        ];
      });
      expected = true;
    };
    "arguments reach the server to the letter" = {
      expr = lib.hasSuffix ''"100%% $$HOME \"a b\" ;"'' (commandOf {
        extraArgs = [ ''100% $HOME "a b" ;'' ];
      });
      expected = true;
    };
    "no flag for a model or a provider" = {
      expr =
        let
          command = commandOf { config.model = "anthropic/claude-sonnet-4-5"; };
        in
        has command "--model" || has command "--provider";
      expected = false;
    };

    "an operator can limit how often it is" = {
      expr = ask.value (ask.system {
        services.opencode.instances.x = { };
        systemd.services.opencode-x.startLimitIntervalSec = 600;
      }) "opencode-x" "StartLimitIntervalSec";
      expected = "600";
    };
    "the server is restarted when it fails, at growing intervals, for ever" = {
      expr = map main [
        "Restart"
        "RestartSec"
        "RestartSteps"
        "RestartMaxDelaySec"
        "StartLimitIntervalSec"
      ];
      expected = [
        "on-failure"
        "1"
        "6"
        "1min"
        "0"
      ];
    };
    "a change of the configuration changes both units, so a switch restarts them" = {
      expr =
        let
          other = ask.one { config.model = "a"; };
        in
        map (unit: ask.unitText bare unit == ask.unitText other unit) units;
      expected = [
        false
        false
      ];
    };
    "a change of another instance changes neither" = {
      expr =
        let
          other = ask.instances {
            x = { };
            y.config.model = "a";
          };
        in
        map (unit: ask.unitText bare unit == ask.unitText other unit) units;
      expected = [
        true
        true
      ];
    };
    "with restartIfChanged = false, no switch restarts either unit" = {
      expr = map (
        unit: ask.directive (ask.one { restartIfChanged = false; }) unit "X-RestartIfChanged"
      ) units;
      expected = [
        [ "false" ]
        [ "false" ]
      ];
    };
    "all that a server says is kept at DEBUG only, so that no agent pushes others' lines out" = {
      expr = map (logLevel: ask.directive (ask.one { inherit logLevel; }) "opencode-x" "LogRateLimitIntervalSec") [
        "DEBUG"
        "INFO"
        null
      ];
      expected = [
        [ "0" ]
        [ ]
        [ ]
      ];
    };
    "systemctl status says where to read on" = {
      expr = map (unit: ask.value bare unit "Documentation") units;
      expected = [
        "https://opencode.ai/docs/server/ man:opencode-setup(1)"
        "man:opencode-setup(1)"
      ];
    };
    "the server does not start without its configuration, or without what is to be locked" = {
      expr = ask.directive bare "opencode-x" "AssertPathExists";
      expected = [
        "/var/lib/opencode/instance-state/x/.config/opencode/opencode.json"
        "/var/lib/opencode/instance-state/x/.local/share/opencode/auth.json"
      ];
    };
    "the server is stopped within 15 seconds" = {
      expr = main "TimeoutStopSec";
      expected = "15";
    };

    "git, ripgrep and a shell are on PATH by default" = {
      expr = lib.take 3 (ask.searchPath bare "opencode-x");
      expected = [
        "git"
        "ripgrep"
        "bashInteractive"
      ];
    };
    "commands run in bash, not in the nologin of a system user" = {
      expr = ask.variable bare "opencode-x" "SHELL";
      expected = "${pkgs.bashInteractive}/bin/bash";
    };
    "the server does not update itself" = {
      expr = ask.variable bare "opencode-x" "OPENCODE_DISABLE_AUTOUPDATE";
      expected = "1";
    };

    "serviceConfig wins over ours" = {
      expr = ask.value (ask.one { serviceConfig.TimeoutStopSec = 60; }) "opencode-x" "TimeoutStopSec";
      expected = "60";
    };
    "serviceConfig adds what we do not set" = {
      expr = ask.value (ask.one { serviceConfig.MemoryMax = "4G"; }) "opencode-x" "MemoryMax";
      expected = "4G";
    };
  };
}
