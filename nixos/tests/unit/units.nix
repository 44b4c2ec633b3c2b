# The two units of an instance.
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
  setup = ask.value bare "opencode-x-setup";

  commandOf = x: ask.value (ask.one x) "opencode-x" "ExecStart";
  has = text: part: lib.hasInfix part text;

  odd = ask.one {
    directory = "/srv/100% my project";
    stateDir = "/data/50% x";
  };
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
      };
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
    "a path with spaces and % reaches systemd to the letter" = {
      expr = [
        (ask.value odd "opencode-x" "WorkingDirectory")
        (ask.directive odd "opencode-x" "BindPaths")
        (ask.directive odd "opencode-x-setup" "BindPaths")
        (ask.tmpfiles (ask.one { stateDir = "/data/50% opencode"; }))
      ];
      expected = [
        "/srv/100%% my project"
        [
          ''"/srv/100%% my project"''
          ''"/data/50%% x"''
        ]
        [ ''"/data/50%% x"'' ]
        [
          ''d "/var/lib/opencode/projects/x" 0750 opencode-x opencode-x - -''
          ''d "/data/50%% opencode" 0700 opencode-x opencode-x - -''
        ]
      ];
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
    "the server does not start without its configuration" = {
      expr = main "AssertPathExists";
      expected = "/var/lib/opencode/instance-state/x/.config/opencode/opencode.json";
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

    "environment is that of the server and of the hooks, to the letter" = {
      expr =
        let
          config = ask.one { environment.A = ''100% "$HOME"''; };
        in
        map (unit: ask.variable config unit "A") units;
      expected = [
        ''100%% "$HOME"''
        ''100%% "$HOME"''
      ];
    };
    "a number, a package and a Nix path are taken as variables" = {
      expr =
        let
          config = ask.one {
            environment = {
              NUMBER = 3;
              PACKAGE = pkgs.jq;
              FILE = ./units.nix;
            };
          };
        in
        [
          (ask.variable config "opencode-x" "NUMBER")
          (ask.variable config "opencode-x" "PACKAGE")
          (lib.hasPrefix "${builtins.storeDir}/" (ask.variable config "opencode-x" "FILE"))
        ];
      expected = [
        "3"
        "${pkgs.jq}"
        true
      ];
    };
    "environment files are read in order, environmentFile first" = {
      expr =
        let
          config = ask.one {
            environmentFile = "/run/a.env";
            environmentFiles = [
              "/run/b.env"
              "-/run/c d.env"
            ];
          };
        in
        map (unit: ask.directive config unit "EnvironmentFile") units;
      expected =
        let
          files = [
            "/run/a.env"
            "/run/b.env"
            "-/run/c d.env"
          ];
        in
        [
          files
          files
        ];
    };
    "credentials are loaded for the server and the hooks" = {
      expr =
        let
          config = ask.one { credentials.key = "/run/secrets/50% key"; };
        in
        map (unit: ask.directive config unit "LoadCredential") units;
      expected = [
        [ "key:/run/secrets/50%% key" ]
        [ "key:/run/secrets/50%% key" ]
      ];
    };
    "the credential OPENCODE_SERVER_PASSWORD becomes the server's password" = {
      expr =
        let
          command = commandOf { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password"; };
          wrapper = builtins.fromJSON (lib.head (lib.splitString " " command));
        in
        [
          (lib.hasInfix ''-opencode-x-with-password" "${pkgs.opencode}/bin/opencode" "serve"'' command)
          (builtins.readFile wrapper)
        ];
      expected = [
        true
        ''
          #!${pkgs.runtimeShell}
          set -euo pipefail
          OPENCODE_SERVER_PASSWORD=$(<"$CREDENTIALS_DIRECTORY/OPENCODE_SERVER_PASSWORD")
          export OPENCODE_SERVER_PASSWORD
          exec "$@"

        ''
      ];
    };
    "another credential needs no wrapper" = {
      expr = lib.hasPrefix ''"${pkgs.opencode}/bin/opencode"'' (commandOf {
        credentials.key = "/run/secrets/key";
      });
      expected = true;
    };
    "no secret is in a unit" = {
      expr =
        let
          config = ask.one {
            environmentFile = "/run/secrets/x.env";
            credentials.key = "/run/secrets/key";
          };
        in
        lib.filter (has (ask.unitText config "opencode-x")) [
          "Environment=\"OPENCODE_SERVER_PASSWORD"
          "Environment=\"key"
        ];
      expected = [ ];
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
