# How services.opencode.defaults reaches an instance, and which of the two holds.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  inherit (lib) mkDefault;

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
            opencodeMajor = 1;
            environmentFile = "/run/secrets/a.env";
            environmentFiles = [ "/run/secrets/b.env" ];
            credentials.key = "/run/secrets/key";
            extraGroups = [ "media" ];
            preInitScript = "true";
            postInitScript = "true";
            configFile = "/etc/own.json";
            hooks = "first-run";
            logFile = true;
            onConflict = "fail";
            package = pkgs.package "other-opencode";
            setupPackage = pkgs.package "other-setup";
            serviceConfig.MemoryMax = "4G";
          } { };
        in
        removeAttrs x [
          "_module"
          "agents"
          "auth"
          "checkOnStart"
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
          "network"
          "nginx"
          "onDemand"
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
        logFile = true;
        logLevel = "WARN";
        openFirewall = true;
        extraArgs = [ "--pure" ];
        opencodeMajor = 1;
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

    "every instance option but those that must differ is in defaults" = {
      expr =
        let
          names = tree: lib.attrNames (removeAttrs tree [ "_module" "_freeformOptions" ]);
        in
        lib.subtractLists (names ask.options.services.opencode.defaults) (
          names (ask.options.services.opencode.instances.type.getSubOptions [ ])
        );
      expected = [
        "nginx"
        "otherStates"
        "stateDir"
        "user"
        "written"
      ];
    };
  };
}
