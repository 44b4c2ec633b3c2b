# The unit of the server.
{
  lib,
  pkgs,
  utils,
  defaultServiceConfig,
}:
let
  values = import ./values.nix { inherit lib; };
  hardening = import ./hardening.nix;
  serveCommand = import ./serve-command.nix { inherit lib pkgs utils; };
  inherit (import ./directives.nix { inherit lib; }) ours fromDefaults nonEmpty;

  documentation = [
    "https://opencode.ai/docs/server/"
    "man:opencode-setup(1)"
  ];
  # Who writes there besides the instance is in its group: the instance's own, or one that the operator named. The group
  # that came with a user, such as `users`, has people in it who have no part in this.
  umaskOf = cfg: if cfg.written.group == null && cfg.group != cfg.user then "0077" else "0007";
in
{
  name,
  unit,
  setupUnit,
  manifest,
  shared,
  mounts,
  # Files without which the mounts fail.
  requiredFiles,
  proof,
  password,
  database,
  # What ../opencode says.
  major,
  cfg,
}:
let
  requires = [ "${setupUnit}.service" ] ++ password.requires;
in
{
  description = "opencode instance ${name}";
  inherit documentation;
  # On demand, a client is who wants it.
  wantedBy = lib.optional (!cfg.onDemand.enable) "multi-user.target";
  inherit requires;
  after = [ "network.target" ] ++ requires;
  unitConfig = {
    RequiresMountsFor = mounts.server.requires;
    # Without its configuration the server starts all the same, with no permission denied.
    AssertPathExists = map values.literal (
      [ "${cfg.stateDir}/.config/opencode/opencode.json" ] ++ requiredFiles
    );
    # It keeps trying, less and less often: see RestartSteps.
    StartLimitIntervalSec = lib.mkDefault 0;
  };
  # The link is read when the server starts, so a new configuration needs a new start. A new setup unit stops the
  # server; this starts it again, even one that no target wants.
  restartTriggers = [ manifest ];
  inherit (cfg) restartIfChanged;
  inherit (shared) environment path;
  serviceConfig = lib.mkMerge (
    [
      (ours (
        hardening.server
        // shared.identity
        // nonEmpty {
          LoadCredential =
            shared.identity.LoadCredential or [ ]
            ++ lib.mapAttrsToList (id: path: "${id}:${values.literal path}") password.credentials;
          SuccessExitStatus =
            major.exitsOnSigterm
            # SIGTERM, as serve-command.nix passes it on.
            ++ lib.optional (cfg.otherStates != [ ]) 143;
        }
        // mounts.server.serviceConfig
        // proof.serviceConfig
        // {
          Type = "exec";
          UMask = umaskOf cfg;
          WorkingDirectory = values.literal cfg.directory;
          # Whose line it is in the journal, even where another program starts the server.
          SyslogIdentifier = unit;
          ExecStartPre = [ (database.beforeServer setupUnit) ];
          ExecStart = serveCommand name cfg { inherit password major; };

          Restart = "on-failure";
          RestartSec = 1;
          RestartSteps = 6;
          RestartMaxDelaySec = "1min";
          # It can swallow the first SIGTERM while its npm install runs.
          TimeoutStopSec = 15;
          # A compiler that an agent started and the kernel killed must not take the server along.
          OOMPolicy = "continue";
        }
        # Who asks for all of it gets all of it. Otherwise the limit keeps an agent from pushing out what others say.
        // lib.optionalAttrs (cfg.logLevel == "DEBUG") { LogRateLimitIntervalSec = 0; }
        # Owners do not separate the instances of one user, and a process shows its files and its variables to its owner:
        # no process outside is in sight. With a network of its own, as well: /proc/<pid>/root leads to the sockets in the
        # host's /run. systemd 257 and later.
        // lib.optionalAttrs (cfg.otherStates != [ ] || cfg.network.isolate && cfg.user != unit) {
          PrivatePIDs = true;
        }
      ))
    ]
    ++ fromDefaults defaultServiceConfig
    ++ cfg.written.serviceConfig
  );
}
