# One instance in; its units, its user and its directories out.
{
  lib,
  pkgs,
  utils,
  manifestOf,
}:
let
  values = import ./values.nix { inherit lib; };
  hardening = lib.mapAttrs (_: lib.mapAttrs (_: lib.mkDefault)) (import ./hardening.nix);
in
name: cfg:
let
  unit = "opencode-${name}";
  setupUnit = "${unit}-setup";
  manifest = manifestOf name cfg;

  stateDirectory = import ./state-directory.nix { inherit lib; } cfg;

  # Ours are defaults; what the instance's `serviceConfig` says comes after and is not.
  overridable = lib.mapAttrs (_: lib.mkDefault);

  # A directive without a value is noise in a unit.
  nonEmpty = lib.filterAttrs (_: list: list != [ ]);

  # Both units: who runs, where HOME is, what the operator gave them.
  identity = {
    User = cfg.user;
    Group = cfg.group;
  }
  // nonEmpty {
    EnvironmentFile = map values.literal (
      lib.optional (cfg.environmentFile != null) cfg.environmentFile ++ cfg.environmentFiles
    );
    LoadCredential = lib.mapAttrsToList (id: path: "${id}:${values.literal path}") cfg.credentials;
  };

  # A Nix path as what it is in the store, not as what it is here.
  asText = value: if lib.isPath value then "${value}" else toString value;

  environment =
    lib.mapAttrs (_: value: if value == null then null else values.literal (asText value)) (
      {
        # Updates come with the system, not behind its back.
        OPENCODE_DISABLE_AUTOUPDATE = "1";
        # A system user's shell is nologin, and the server would run its commands with that.
        SHELL = "${pkgs.bashInteractive}/bin/bash";
      }
      # problems.nix refuses it; two values of one variable would end in an error of NixOS' own before.
      // removeAttrs cfg.environment [ "PATH" ]
    )
    // {
      HOME = values.literal cfg.stateDir;
    };

  # The server looks for its tools on PATH, and downloads a ripgrep of its own if it finds none.
  path = cfg.path ++ [
    pkgs.git
    pkgs.ripgrep
    pkgs.bashInteractive
  ];

  # One in the store is there and in sight anyway.
  configFileOnMachine = lib.optional (
    cfg.configFile != null && !lib.hasPrefix "${builtins.storeDir}/" "${cfg.configFile}"
  ) "${cfg.configFile}";
  configFileBind = map (path: values.quoted "-${path}") configFileOnMachine;
in
{
  services.${unit} = {
    description = "opencode instance ${name}";
    wantedBy = [ "multi-user.target" ];
    requires = [ "${setupUnit}.service" ];
    after = [
      "network.target"
      "${setupUnit}.service"
    ];
    unitConfig = {
      RequiresMountsFor = map values.quoted [
        cfg.stateDir
        cfg.directory
      ];
      # Without its configuration the server starts all the same, with no permission denied.
      AssertPathExists = values.literal "${cfg.stateDir}/.config/opencode/opencode.json";
      # It keeps trying, less and less often: see RestartSteps.
      StartLimitIntervalSec = lib.mkDefault 0;
    };
    # The link is read when the server starts, so a new configuration needs a new start. A new setup unit stops the
    # server; this starts it again, even one that no target wants.
    restartTriggers = [ manifest ];
    inherit environment path;
    serviceConfig =
      hardening.server
      // overridable (
        identity
        // stateDirectory.serviceConfig
        // {
          Type = "exec";
          WorkingDirectory = values.literal cfg.directory;
          # Whose line it is in the journal, even where another program starts the server.
          SyslogIdentifier = unit;
          ExecStart = import ./serve-command.nix { inherit lib pkgs utils; } name cfg;

          Restart = "on-failure";
          RestartSec = 1;
          RestartSteps = 6;
          RestartMaxDelaySec = "1min";
          # It can swallow the first SIGTERM while its npm install runs.
          TimeoutStopSec = 15;
          # A compiler that an agent started and the kernel killed must not take the server along.
          OOMPolicy = "continue";

          # What a server needs of the /run that hardening.nix hides, and what was granted.
          BindPaths = map values.quoted (
            [ cfg.directory ] ++ stateDirectory.bind ++ cfg.sandbox.readWritePaths
          );
          BindReadOnlyPaths =
            map values.quoted (
              [
                # The system's programs and locales.
                "-/run/current-system"
                # Names of hosts and users.
                "-/run/nscd"
                "-/run/systemd/resolve"
              ]
              ++ cfg.sandbox.readOnlyPaths
              ++ cfg.sandbox.unixSockets.allow
            )
            ++ configFileBind;
        }
      )
      // cfg.serviceConfig;
  };

  services.${setupUnit} = {
    description = "State directory of opencode instance ${name}";
    before = [ "${unit}.service" ];
    unitConfig.RequiresMountsFor = map values.quoted ([ cfg.stateDir ] ++ configFileOnMachine);
    inherit environment path;
    serviceConfig =
      hardening.setup
      // overridable (
        identity
        // stateDirectory.serviceConfig
        // {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = utils.escapeSystemdExecArgs [
            (lib.getExe' cfg.setupPackage "opencode-setup")
            "apply"
            manifest
          ];
        }
        // nonEmpty {
          BindPaths = map values.quoted stateDirectory.bind;
          BindReadOnlyPaths = configFileBind;
        }
      );
  };

  # The executor's own folder: `opencode-setup apply ${name}` repairs by hand.
  manifests."opencode-setup/${name}.json".source = manifest;

  tmpfiles =
    lib.optional (
      cfg.directory == (import ../default-places.nix name).directory
    ) "d ${values.tmpfiles cfg.directory} 0750 ${cfg.user} ${cfg.group} - -"
    ++ stateDirectory.tmpfiles;

  # Weaker than any declaration of the operator's, who may have this user already: a person or a service of its own
  # keeps its home and its description, too.
  users.${cfg.user} =
    { config, options, ... }:
    let
      priority = 1250;
      isTheirs = config.isNormalUser || options.isSystemUser.highestPrio < priority;
      ofOurs = value: lib.mkIf (!isTheirs) (lib.mkOverride priority value);
    in
    {
      isSystemUser = lib.mkOverride priority (!config.isNormalUser);
      group = lib.mkOverride priority cfg.group;
      home = ofOurs cfg.stateDir;
      description = ofOurs "opencode instance ${name}";
      inherit (cfg) extraGroups;
    };
  groups.${cfg.group} = { };
}
