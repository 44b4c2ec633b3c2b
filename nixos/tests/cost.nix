# Evaluates all that the module makes of a number of instances: the units' text and, through it, the manifests, the
# hooks and the JSON; the assertions and warnings; directories, users and groups.
#
# What NixOS does with users and with files in /etc once it has them is its own affair, and the same for every service
# with a user: those modules are left out, except for `whole`.
{
  nixpkgs ? <nixpkgs>,
  instances,
  # "bare": a name and nothing else. "named": what most instances set: a directory, a port and a model. "set up": what a typical operator writes. "defaults": the same, written once for
  # all. "units": two services of NixOS with nothing but a command, for comparison. "whole": "bare" with users and files
  # evaluated by NixOS.
  kind,
}:
let
  inherit (import ./eval.nix { inherit nixpkgs; })
    lib
    pkgs
    evalNixos
    evalWith
    ;

  numbers = map toString (lib.range 1 instances);

  uninterpreted = lib.mkOption {
    type = lib.types.attrsOf lib.types.raw;
    default = { };
  };

  evalUnits =
    module:
    (evalWith
      [
        "misc/assertions.nix"
        "system/boot/systemd.nix"
      ]
      [
        module
        {
          options = {
            environment.etc = uninterpreted;
            users.users = uninterpreted;
            users.groups = uninterpreted;
            systemd.tmpfiles.rules = lib.mkOption {
              type = lib.types.listOf lib.types.str;
              default = [ ];
            };
          };
        }
      ]
    ).config;

  opencode = instance: {
    services.opencode.instances = lib.genAttrs numbers (_: instance);
  };

  typical = {
    config = {
      model = "anthropic/claude-sonnet-4-5";
      permission.bash = {
        "*" = "ask";
        "git *" = "allow";
      };
    };
    environmentFile = "/run/secrets/opencode.env";
    path = [ pkgs.jq ];
    preInitScript = "true";
  };

  twoUnits.systemd.services = lib.listToAttrs (
    lib.concatMap (
      number:
      map (name: lib.nameValuePair name { serviceConfig.ExecStart = "/bin/true"; }) [
        "opencode-${number}"
        "opencode-${number}-setup"
      ]
    ) numbers
  );

  config =
    {
      bare = evalUnits (opencode { });
      named = evalUnits {
        services.opencode.instances = lib.listToAttrs (
          map (
            number:
            lib.nameValuePair (toString number) {
              directory = "/srv/projects/${toString number}";
              listen.port = 10000 + number;
              config.model = "anthropic/claude-sonnet-4-5";
            }
          ) (lib.range 1 instances)
        );
      };
      "set up" = evalUnits (opencode typical);
      defaults = evalUnits (lib.recursiveUpdate (opencode { }) { services.opencode.defaults = typical; });
      units = evalUnits twoUnits;
      whole = (evalNixos [ (opencode { }) ]).config;
    }
    .${kind};

  ours = lib.filterAttrs (name: _: lib.hasPrefix "opencode" name);
in
builtins.deepSeq [
  (lib.mapAttrs (_: unit: unit.text) (ours config.systemd.units))
  (lib.mapAttrsToList (_: manifest: manifest.source.outPath) (ours config.environment.etc))
  (map (one: one.assertion) config.assertions)
  config.warnings
  config.systemd.tmpfiles.rules
  (lib.attrNames config.users.users)
  (lib.attrNames config.users.groups)
] "evaluated"
