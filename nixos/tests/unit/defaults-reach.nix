# How services.opencode.defaults reaches an instance, and which of the two holds.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  inherit (lib)
    mkAfter
    mkDefault
    mkIf
    mkMerge
    ;

  inherit (ask.overDefaults) configOf layered optionsOf;

  toolsOf = defaults: x: ask.searchPath (layered defaults x) "opencode-x";
in
{
  tests = {
    "a default reaches an instance that is silent" = {
      expr =
        let
          x = optionsOf {
            listen = {
              address = "::1";
              port = 8080;
            };
            directory = "/srv/shared";
            group = "agents";
            logLevel = "WARN";
            openFirewall = true;
            extraArgs = [ "--pure" ];
            environmentFile = "/run/secrets/a.env";
            environmentFiles = [ "/run/secrets/b.env" ];
            credentials.key = "/run/secrets/key";
            extraGroups = [ "media" ];
            preInitScript = "true";
            postInitScript = "true";
            configFile = "/etc/own.json";
            hooks = "first-run";
            onConflict = "fail";
            package = pkgs.package "other-opencode";
            setupPackage = pkgs.package "other-setup";
            serviceConfig.MemoryMax = "4G";
          } { };
        in
        removeAttrs x [
          "_module"
          "agents"
          "commands"
          "config"
          "context"
          "enable"
          "environment"
          "files"
          "git"
          "hookSandbox"
          "limits"
          "lockConfig"
          "lockLogins"
          "misplaced"
          "otherStates"
          "package"
          "path"
          "plugins"
          "projectConfig"
          "projectInstructions"
          "restartIfChanged"
          "sandbox"
          "setupPackage"
          "skills"
          "stateDir"
          "themes"
          "tools"
          "tui"
          "user"
          "written"
        ]
        // {
          package = x.package.pname;
          setupPackage = x.setupPackage.pname;
        };
      expected = {
        listen = {
          address = "::1";
          port = 8080;
        };
        directory = "/srv/shared";
        group = "agents";
        logLevel = "WARN";
        openFirewall = true;
        extraArgs = [ "--pure" ];
        environmentFile = "/run/secrets/a.env";
        environmentFiles = [ "/run/secrets/b.env" ];
        credentials.key = "/run/secrets/key";
        extraGroups = [ "media" ];
        preInitScript = "true";
        postInitScript = "true";
        configFile = "/etc/own.json";
        hooks = "first-run";
        onConflict = "fail";
        package = "other-opencode";
        setupPackage = "other-setup";
        serviceConfig.MemoryMax = "4G";
      };
    };

    "a default of enable = false is overridden by an instance" = {
      expr = ask.unitNames (
        ask.of {
          defaults.enable = false;
          instances.off = { };
          instances.on.enable = true;
        }
      );
      expected = [
        "opencode-on"
        "opencode-on-setup"
      ];
    };

    "the instance's value wins" = {
      expr = (optionsOf { logLevel = "WARN"; } { logLevel = "DEBUG"; }).logLevel;
      expected = "DEBUG";
    };

    "an instance's mkDefault still beats the default" = {
      expr = {
        option = (optionsOf { logLevel = "WARN"; } { logLevel = mkDefault "DEBUG"; }).logLevel;
        config = configOf { model = "a"; } { model = mkDefault "b"; };
        variable = (optionsOf { environment.A = "1"; } { environment.A = mkDefault "2"; }).environment.A;
        added = lib.take 2 (toolsOf { path = [ pkgs.jq ]; } { path = mkDefault [ pkgs.nodejs ]; });
      };
      expected = {
        option = "DEBUG";
        config.model = "b";
        variable = "2";
        added = [
          "nodejs"
          "jq"
        ];
      };
    };

    "a value that came through defaults gives the same file and store path" = {
      expr =
        ask.configPath (layered { config.permission.bash."*" = "ask"; } { config.model = "a"; }) "x"
        == "${pkgs.lib.opencode.mkOpenCodeConfig [
          {
            opencode = {
              model = "a";
              permission.bash."*" = "ask";
            };
          }
        ]}";
      expected = true;
    };

    "modules that define defaults are merged, with their priorities" = {
      expr = ask.configOf (ask.system {
        imports = [
          { services.opencode.defaults.config.model = mkDefault "weak"; }
          { services.opencode.defaults.config.model = "strong"; }
          { services.opencode.defaults.config.permission = mkIf true { edit = "ask"; }; }
          { services.opencode.defaults.config.permission.bash = mkIf false "deny"; }
          {
            services.opencode.defaults.config.instructions = mkMerge [
              (mkAfter [ "last.md" ])
              [ "first.md" ]
            ];
          }
        ];
        services.opencode.instances.x = { };
      }) "x";
      expected = {
        model = "strong";
        permission.edit = "ask";
        instructions = [
          "first.md"
          "last.md"
        ];
      };
    };

    "a module as the value of defaults.config works like a set" = {
      expr = ask.configOf (layered {
        config =
          { pkgs, ... }:
          {
            model = "a";
            provider.local.npm = pkgs.jq.pname;
          };
      } { config.model = "b"; }) "x";
      expected = {
        model = "b";
        provider.local.npm = "jq";
      };
    };

    "what nobody set in defaults does not hide what follows from the name" = {
      expr =
        let
          x = optionsOf { config.model = "a"; } { };
        in
        [
          x.directory
          x.listen.port
          x.group
        ];
      expected = [
        "/var/lib/opencode/projects/x"
        17986
        "opencode-x"
      ];
    };

    "every instance option but the two that must differ is in defaults" = {
      expr =
        let
          names = tree: lib.attrNames (removeAttrs tree [ "_module" ]);
        in
        lib.subtractLists (names ask.options.services.opencode.defaults) (
          names (ask.options.services.opencode.instances.type.getSubOptions [ ])
        );
      expected = [
        "misplaced"
        "otherStates"
        "stateDir"
        "user"
        "written"
      ];
    };
  };

  errors = {
    "a type error in defaults names it" = {
      expr = (optionsOf { listen.port = "http"; } { }).listen.port;
      message = "services.opencode.defaults.listen.port' is not of type";
    };
    "a type error in defaults.config names it" = {
      expr = configOf { model = 3; } { };
      message = "services.opencode.defaults.config.model' is not of type";
    };
    "a type error in an open set of defaults.config names it" = {
      expr = configOf { permission.bash."rm *" = "maybe"; } { };
      message = "services.opencode.defaults.config.permission";
    };
  };
}
