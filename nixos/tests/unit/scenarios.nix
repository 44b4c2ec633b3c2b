# The scenarios that the project began with, one by one.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  two = ask.instances {
    a = { };
    b = { };
  };
  bare = ask.one { };
in
{
  tests = {
    "two bare instances give two independent units" = {
      expr = {
        units = ask.unitNames two;
        commands = map (unit: ask.value two unit "ExecStart") [
          "opencode-a"
          "opencode-b"
        ];
        crossed = lib.filter (unit: lib.hasInfix "opencode-b" (ask.unitText two unit)) [
          "opencode-a"
          "opencode-a-setup"
        ];
        errors = ask.errors two;
      };
      expected = {
        units = [
          "opencode-a"
          "opencode-a-setup"
          "opencode-b"
          "opencode-b-setup"
        ];
        commands = [
          ''"${pkgs.opencode}/bin/opencode" "serve" "--print-logs" "--hostname" "127.0.0.1" "--port" "18610"''
          ''"${pkgs.opencode}/bin/opencode" "serve" "--print-logs" "--hostname" "127.0.0.1" "--port" "12566"''
        ];
        crossed = [ ];
        errors = [ ];
      };
    };

    "an enabled instance is started with the machine" = {
      expr = two.systemd.units."opencode-a.service".wantedBy;
      expected = [ "multi-user.target" ];
    };

    "a disabled instance has no units, users, directories or manifests" = {
      expr =
        let
          config = ask.one { enable = false; };
        in
        [
          (ask.unitNames config)
          (lib.filter (lib.hasPrefix "opencode") (lib.attrNames config.users.users))
          (ask.tmpfiles config)
          (lib.filter (lib.hasPrefix "opencode") (lib.attrNames config.environment.etc))
        ];
      expected = [
        [ ]
        [ ]
        [ ]
        [ ]
      ];
    };

    "nothing of a disabled instance is evaluated" = {
      expr = ask.unitNames (
        ask.one {
          enable = false;
          package = throw "package was evaluated";
          config = throw "config was evaluated";
          listen.port = throw "port was evaluated";
        }
      );
      expected = [ ];
    };

    "config.model reaches the linked JSON" = {
      expr = ask.configOf (ask.one { config.model = "anthropic/claude-sonnet-4-5"; }) "x";
      expected.model = "anthropic/claude-sonnet-4-5";
    };

    "config may be a module, which is called with pkgs" = {
      expr = ask.configOf (ask.one { config = { pkgs, ... }: { username = pkgs.jq.pname; }; }) "x";
      expected.username = "jq";
    };

    "configFile bypasses generation" = {
      expr =
        (ask.manifest (ask.one {
          configFile = "/etc/own.json";
          lockConfig = false;
          config = throw "config was rendered";
        }) "x").links;
      expected = [
        {
          path = ".config/opencode/opencode.json";
          source = "/etc/own.json";
        }
      ];
    };

    "setup runs before main, and its failure blocks main" = {
      expr = {
        after = lib.elem "opencode-x-setup.service" (
          lib.splitString " " (ask.value bare "opencode-x" "After")
        );
        requires = ask.value bare "opencode-x" "Requires";
        before = ask.value bare "opencode-x-setup" "Before";
      };
      expected = {
        after = true;
        requires = "opencode-x-setup.service";
        before = "opencode-x.service";
      };
    };

    "hooks reach setup in order" = {
      expr =
        let
          config = ask.one {
            preInitScript = "echo first";
            postInitScript = "echo last";
          };
        in
        map (ask.hook config "x") [
          "preInit"
          "postInit"
        ];
      expected =
        map
          (command: ''
            #!${pkgs.runtimeShell}
            set -euo pipefail
            echo ${command}
          '')
          [
            "first"
            "last"
          ];
    };

    "a default port of 8080 is overridden by 9090" = {
      expr =
        let
          config = ask.of {
            defaults.listen.port = 8080;
            instances.inherits = { };
            instances.overrides.listen.port = 9090;
          };
        in
        lib.mapAttrs (_: instance: instance.listen.port) config.services.opencode.instances;
      expected = {
        inherits = 8080;
        overrides = 9090;
      };
    };

    "config.model is overridden and the rest inherited" = {
      expr = ask.configOf (ask.of {
        defaults.config = {
          model = "sonnet";
          username = "build";
        };
        instances.x.config.model = "opus";
      }) "x";
      expected = {
        model = "opus";
        username = "build";
      };
    };

    "jq is on the PATH of the server and of the hooks" = {
      expr =
        let
          config = ask.one { path = [ pkgs.jq ]; };
        in
        map (unit: lib.head (ask.searchPath config unit)) [
          "opencode-x"
          "opencode-x-setup"
        ];
      expected = [
        "jq"
        "jq"
      ];
    };

    "the default stateDir is the HOME of both units" = {
      expr = map (unit: ask.variable bare unit "HOME") [
        "opencode-x"
        "opencode-x-setup"
      ];
      expected = [
        "/var/lib/opencode/instance-state/x"
        "/var/lib/opencode/instance-state/x"
      ];
    };

    "an explicit stateDir is the HOME of both units" = {
      expr =
        let
          config = ask.one { stateDir = "/data/x"; };
        in
        map (unit: ask.variable config unit "HOME") [
          "opencode-x"
          "opencode-x-setup"
        ]
        ++ [ (ask.manifest config "x").home ];
      expected = [
        "/data/x"
        "/data/x"
        "/data/x"
      ];
    };

    "HOME is never below directory" =
      ask.refuses
        (ask.one {
          directory = "/srv/x";
          stateDir = "/srv/x/.state";
        })
        [
          "services.opencode.instances.x.stateDir"
          "/srv/x/.state"
          "Move one of them"
        ];

    "the flake's two exports are one module" =
      let
        # As flake.nix exports it, imported twice.
        exported.imports = [ ../../module.nix ];
        config = ask.system {
          imports = [
            exported
            exported
          ];
          services.opencode.instances.x = { };
        };
      in
      {
        expr = ask.unitNames config;
        expected = [
          "opencode-x"
          "opencode-x-setup"
        ];
      };

    "nested and full typed options reach the JSON" = {
      expr = ask.configOf (ask.one {
        config = {
          agent.review = {
            description = "Reads, never writes";
            permission.edit = "deny";
          };
          mcp.docs = {
            type = "remote";
            url = "https://docs.example/mcp";
          };
          provider.local.options.baseURL = "http://127.0.0.1:11434/v1";
          lsp = true;
        };
      }) "x";
      expected = {
        agent.review = {
          description = "Reads, never writes";
          permission.edit = "deny";
        };
        mcp.docs = {
          type = "remote";
          url = "https://docs.example/mcp";
        };
        provider.local.options.baseURL = "http://127.0.0.1:11434/v1";
        lsp = true;
      };
    };
  };

  errors = {
    "a type error in an instance names its option" = {
      expr = (ask.one { config.model = 3; }).systemd.units."opencode-x-setup.service".text;
      message = "services.opencode.instances.x.config.model' is not of type";
    };
    "a key that config does not have is an error with a suggestion" = {
      expr = (ask.one { config.modle = "a"; }).systemd.units."opencode-x-setup.service".text;
      message = "services.opencode.instances.x.config.modle' does not exist.*Did you mean .*model";
    };
    "opencodeCfg in an instance stops the evaluation and names its successor" = {
      expr = (ask.one { opencodeCfg.model = "a"; }).systemd.units."opencode-x.service".text;
      message = "services.opencode.instances.x.opencodeCfg no longer exists. .*config";
    };
    "opencodeCfg in an instance that is disabled does so, too" = {
      expr =
        (ask.one {
          enable = false;
          opencodeCfg.model = "a";
        }).systemd.units;
      message = "services.opencode.instances.x.opencodeCfg no longer exists";
    };
  };
}
