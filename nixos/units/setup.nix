# The unit that makes the state directory ready before the server starts.
{ lib, utils }:
let
  documentation = [ "man:opencode-setup(1)" ];

  # Usage, conflict, bad manifest: no attempt can succeed before somebody changes something.
  final = [
    2
    5
    6
  ];

  hardening = import ./hardening.nix;
  inherit (import ./directives.nix { inherit lib; }) ours nonEmpty;

  # What hooks commonly need, and none of ours does.
  hookSandbox =
    { hookSandbox, ... }:
    lib.optionalAttrs hookSandbox.network {
      PrivateNetwork = false;
      RestrictAddressFamilies = hardening.server.RestrictAddressFamilies;
      IPAddressDeny = "";
    }
    // lib.optionalAttrs hookSandbox.compileAtRunTime {
      MemoryDenyWriteExecute = false;
      # Without /proc/cpuinfo, node counts no processors.
      ProcSubset = "all";
    };
in
{
  name,
  unit,
  manifest,
  shared,
  mounts,
  cfg,
  # What is to be done before the executor, and when it is done.
  beforeSetup,
  afterSetup,
  # The commands that start the server once a later attempt succeeds: systemd does not.
  startServer,
}:
{
  description = "State directory of opencode instance ${name}";
  inherit documentation;
  before = [ "${unit}.service" ];
  unitConfig = {
    RequiresMountsFor = mounts.setup.requires;
    # It keeps trying, less and less often: see RestartSteps.
    StartLimitIntervalSec = lib.mkDefault 0;
  };
  inherit (cfg) restartIfChanged;
  inherit (shared) environment path;
  serviceConfig = ours (
    hardening.setup
    // shared.identity
    // hookSandbox cfg
    // nonEmpty (mounts.setup.serviceConfig // { ExecStartPost = afterSetup ++ startServer; })
    // {
      ExecStartPre = beforeSetup;
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = utils.escapeSystemdExecArgs [
        (lib.getExe' cfg.setupPackage "opencode-setup")
        "apply"
        manifest
      ];

      # A secret that comes late, a hook that fails once: what goes wrong today may go well in a minute. Nobody waits for
      # that. The first attempt to fail ends the start of this unit and of the server, and so of the boot or the switch.
      Restart = "on-failure";
      RestartSec = 1;
      RestartSteps = 6;
      RestartMaxDelaySec = "1min";
      RestartPreventExitStatus = final;
      # A hook that hangs keeps a boot waiting for the first attempt only.
      TimeoutStartSec = "5min";
    }
  );
}
