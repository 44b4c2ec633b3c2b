# The setup unit, and what both units share.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  # The lock has a manifest and commands of its own: locked-config.nix.
  bare = ask.one { lockConfig = false; };
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  setup = ask.value bare "opencode-x-setup";

  has = text: part: lib.hasInfix part text;

  odd = ask.one {
    lockConfig = false;
    directory = "/srv/100% my project";
    stateDir = "/data/50% x";
  };
in
{
  tests = {
    "setup applies the manifest in the store" = {
      expr = setup "ExecStart";
      expected = ''"${pkgs.opencode-setup}/bin/opencode-setup" "apply" "${ask.plain "${ask.manifestFile bare "x"}"}"'';
    };
    "setup is a oneshot that stays active" = {
      expr = [
        (setup "Type")
        (setup "RemainAfterExit")
      ];
      expected = [
        "oneshot"
        "true"
      ];
    };
    "both run as the same user and group" = {
      expr = map (unit: [
        (ask.value bare unit "User")
        (ask.value bare unit "Group")
      ]) units;
      expected = [
        [
          "opencode-x"
          "opencode-x"
        ]
        [
          "opencode-x"
          "opencode-x"
        ]
      ];
    };
    "setup is started by the server only" = {
      expr = bare.systemd.units."opencode-x-setup.service".wantedBy;
      expected = [ ];
    };

    "the manifest is the one in the executor's own folder" = {
      expr = ask.manifest bare "x";
      expected = {
        version = 1;
        instance = "x";
        home = "/var/lib/opencode/instance-state/x";
        links = [
          {
            path = ".config/opencode/opencode.json";
            source = ask.configPath bare "x";
          }
        ];
        preInit = null;
        postInit = null;
        hooks = "always";
        onConflict = "backup";
        server = {
          api = 1;
          url = "http://127.0.0.1:17986";
          unit = "opencode-x.service";
          isolated = false;
          directory = "/var/lib/opencode/projects/x";
          projectConfig = true;
          passwordFile = null;
          client = "${pkgs.opencode}/bin/opencode";
          clientPasswordFile = null;
        };
      };
    };
    "the server's log file is discarded, unless it is asked for" = {
      expr =
        map
          (
            logFile:
            map (command: ask.packageName (lib.removePrefix "-" command)) (
              lib.filter (lib.hasPrefix "-/") (
                ask.directive (ask.one { inherit logFile; }) "opencode-x-setup" "ExecStartPost"
              )
            )
          )
          [
            false
            true
          ];
      expected = [
        [ "opencode-discard-log" ]
        [ "opencode-keep-log" ]
      ];
    };
    "the manifest is validated by the executor that will read it" = {
      expr = (ask.manifestFile (ask.one { setupPackage = pkgs.package "my-setup"; }) "x").checkPhase;
      expected = ''
        ${pkgs.package "my-setup"}/bin/opencode-setup validate "$target"
      '';
    };

    "an empty configuration is linked all the same" = {
      expr = ask.configText bare "x";
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };

    "hooks are scripts of their own, named and not pasted" = {
      expr =
        let
          config = ask.one { preInitScript = "exit 0"; };
        in
        [
          (lib.hasSuffix "-opencode-x-pre-init" (ask.manifest config "x").preInit)
          (has (ask.unitText config "opencode-x-setup") "exit 0")
        ];
      expected = [
        true
        false
      ];
    };
    "scripts of several modules are put together" = {
      expr = ask.hook (ask.system {
        imports = [
          { services.opencode.instances.x.preInitScript = "echo one"; }
          { services.opencode.instances.x.preInitScript = "echo two"; }
        ];
      }) "x" "preInit";
      expected = ''
        #!${pkgs.runtimeShell}
        set -euo pipefail
        echo one
        echo two
      '';
    };

    "HOME is stateDir" = {
      expr = map (unit: ask.variable odd unit "HOME") units;
      expected = [
        "/data/50%% x"
        "/data/50%% x"
      ];
    };
    "both wait for the file systems they need" = {
      expr = map (unit: ask.directive odd unit "RequiresMountsFor") units;
      expected = [
        [
          ''"/data/50%% x"''
          ''"/srv/100%% my project"''
        ]
        [ ''"/data/50%% x"'' ]
      ];
    };
    "setup waits for the file system of a configFile on the machine, too" = {
      expr = ask.directive (ask.one {
        configFile = "/mnt/shared/opencode.json";
      }) "opencode-x-setup" "RequiresMountsFor";
      expected = [
        ''"/var/lib/opencode/instance-state/x"''
        ''"/mnt/shared/opencode.json"''
      ];
    };
    "a path with spaces and % reaches systemd to the letter" = {
      expr = [
        (ask.value odd "opencode-x" "WorkingDirectory")
        (ask.directive odd "opencode-x" "BindPaths")
        (ask.directive odd "opencode-x-setup" "BindPaths")
        (ask.tmpfiles (ask.one {
          stateDir = "/data/50% opencode";
          checkOnStart = false;
        }))
      ];
      expected = [
        "/srv/100%% my project"
        [
          ''"/srv/100%% my project"''
          ''"/data/50%% x"''
        ]
        [
          ''"/data/50%% x"''
          ''"/run/opencode-applied/x"''
        ]
        [
          ''d "/var/lib/opencode/projects/x" 0750 opencode-x opencode-x - -''
          ''d "/data/50%% opencode" 0700 opencode-x opencode-x - -''
        ]
      ];
    };
  };
}
