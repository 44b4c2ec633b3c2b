# What an instance is when its operator says nothing, and what each option changes.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  bare = ask.one { };
  x = bare.services.opencode.instances.x;

  portOf = name: (ask.instances { ${name} = { }; }).services.opencode.instances.${name}.listen.port;
in
{
  tests = {
    "a name is enough: no error, no warning, two units" = {
      expr = [
        (ask.errors bare)
        (ask.warnings bare)
        (ask.unitNames bare)
      ];
      expected = [
        [ ]
        [ ]
        [
          "opencode-x"
          "opencode-x-setup"
        ]
      ];
    };

    "no instances, nothing on the system" = {
      expr =
        let
          config = ask.of { };
        in
        [
          config.services.opencode.enable
          (ask.unitNames config)
          config.environment.systemPackages
        ];
      expected = [
        false
        [ ]
        (ask.system { }).environment.systemPackages
      ];
    };

    "enable = false takes all instances away" = {
      expr = ask.unitNames (
        ask.of {
          enable = false;
          instances.x = { };
        }
      );
      expected = [ ];
    };

    "directory has a default below projects, made by tmpfiles for the instance" = {
      expr = [
        x.directory
        (lib.head (ask.tmpfiles bare))
      ];
      expected = [
        "/var/lib/opencode/projects/x"
        ''d "/var/lib/opencode/projects/x" 0750 opencode-x opencode-x - -''
      ];
    };

    "a directory of the operator's is not made" = {
      expr = ask.tmpfiles (ask.one {
        directory = "/srv/x";
        checkOnStart = false;
      });
      expected = [ ];
    };

    "the server works in directory" = {
      expr = ask.value (ask.one { directory = "/srv/x"; }) "opencode-x" "WorkingDirectory";
      expected = "/srv/x";
    };

    "the address is the loopback" = {
      expr = x.listen.address;
      expected = "127.0.0.1";
    };

    # These numbers are a promise: clients have been pointed at them.
    "a name has the same port for ever" = {
      expr = lib.genAttrs [
        "a"
        "scratch"
        "web"
        "x"
      ] portOf;
      expected = {
        a = 18610;
        scratch = 31829;
        web = 26102;
        x = 17986;
      };
    };

    "the ports of a thousand names are in the documented range" = {
      expr = lib.filter (port: port < 12000 || port > 31999) (
        map (number: import ../../port.nix { inherit lib; } "name-${toString number}") (lib.range 1 1000)
      );
      expected = [ ];
    };

    "stateDir has a default below instance-state" = {
      expr = x.stateDir;
      expected = "/var/lib/opencode/instance-state/x";
    };

    "paths are written in one way only" = {
      expr =
        let
          instance =
            (ask.one {
              directory = "/srv//x/";
              stateDir = "/data/x//";
            }).services.opencode.instances.x;
        in
        [
          instance.directory
          instance.stateDir
        ];
      expected = [
        "/srv/x"
        "/data/x"
      ];
    };

    "the firewall is closed" = {
      expr = bare.networking.firewall.allowedTCPPorts;
      expected = [ ];
    };

    "openFirewall opens the instance's port and no other" = {
      expr =
        (ask.instances {
          a = {
            openFirewall = true;
            listen.port = 9090;
          };
          b = { };
        }).networking.firewall.allowedTCPPorts;
      expected = [ 9090 ];
    };

    "package is what serves, setupPackage what sets up" = {
      expr =
        let
          config = ask.one {
            package = pkgs.package "my-opencode";
            setupPackage = pkgs.package "my-setup";
          };
        in
        map
          (
            unit:
            ask.packageName (
              builtins.fromJSON (lib.head (lib.splitString " " (ask.value config unit "ExecStart")))
            )
          )
          [
            "opencode-x"
            "opencode-x-setup"
          ];
      expected = [
        "my-opencode"
        "my-setup"
      ];
    };

    "the executor is in systemPackages, once" = {
      expr = lib.count (package: package == pkgs.opencode-setup) (
        (ask.instances {
          a = { };
          b = { };
        }).environment.systemPackages
      );
      expected = 1;
    };

    "hook policy and conflict policy are the executor's own words" = {
      expr = map (settings: { inherit (ask.manifest (ask.one settings) "x") hooks onConflict; }) [
        { }
        {
          hooks = "first-run";
          onConflict = "fail";
        }
      ];
      expected = [
        {
          hooks = "always";
          onConflict = "backup";
        }
        {
          hooks = "first-run";
          onConflict = "fail";
        }
      ];
    };

    "a file that a module sees as a Nix path goes to the store" = {
      expr = lib.hasPrefix builtins.storeDir (
        ask.configPath (ask.one { configFile = ./instances.nix; }) "x"
      );
      expected = true;
    };

    "every option is described" = {
      expr =
        let
          documented = lib.collect lib.isOption (
            removeAttrs (ask.options.services.opencode.instances.type.getSubOptions [ ]) [ "_module" ]
          );
        in
        map (option: lib.showOption option.loc) (
          lib.filter (option: !(option ? description) && option.visible or true != false) documented
        );
      expected = [ ];
    };
  };
}
