# A setup that failed: when it is tried again, and how the server comes up after that.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  # The lock and the proof have commands of their own: locked-config.nix, proof.nix.
  alone = {
    lockConfig = false;
    checkOnStart = false;
  };
  bare = ask.one alone;
  setup = ask.value bare "opencode-x-setup";
in
{
  tests = {
    "a setup that failed is tried again, at growing intervals, for ever" = {
      expr = map setup [
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
    "an attempt has five minutes" = {
      expr = setup "TimeoutStartSec";
      expected = "5min";
    };
    "a usage error, a conflict and a bad manifest are not tried again" = {
      expr = ask.directive bare "opencode-x-setup" "RestartPreventExitStatus";
      expected = [
        "2"
        "5"
        "6"
      ];
    };
    "a setup that succeeded late starts the server" = {
      expr = lib.last (ask.directive bare "opencode-x-setup" "ExecStartPost");
      expected = "-+${pkgs.systemd}/bin/systemctl start --no-block opencode-x.service";
    };
    "but not one that nothing else would start" = {
      expr = lib.any (lib.hasInfix "systemctl") (
        ask.directive (ask.system {
          services.opencode.instances.x = alone;
          systemd.services.opencode-x.wantedBy = lib.mkForce [ ];
        }) "opencode-x-setup" "ExecStartPost"
      );
      expected = false;
    };
  };
}
