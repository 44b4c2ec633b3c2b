# services.opencode: one hardened opencode server per project.
#
#   instance.nix   the options of an instance
#   defaults.nix   how `defaults` reaches an instance
#   units.nix      an instance's units, user and directories
#   problems.nix   what is refused, and what is warned about
{
  config,
  options,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;

  cfg = config.services.opencode;

  pipeline = import ./lib.nix { inherit lib pkgs; };

  instance = import ./instance.nix {
    inherit lib pkgs;
    inherit (pipeline) configType;
    portOf = import ./port.nix { inherit lib; };
  };

  layers = import ./defaults.nix {
    inherit lib;
    declared = options.services.opencode.defaults;
    inherit (options.services.opencode) instances;
  };

  problems = import ./problems.nix { inherit lib pipeline; };

  renderInstance = import ./units.nix {
    inherit lib pkgs utils;
    manifestOf = import ./manifest.nix {
      inherit lib pkgs;
      inherit (pipeline) mkOpenCodeConfigFromAttrs;
    };
  };

  enabled = lib.filterAttrs (
    name: one: (problems.withoutRemovedOptions name one).enable
  ) cfg.instances;

  # What cannot be a unit or a user at all would end in an error of NixOS' own before the assertion
  # that explains it.
  rendered = lib.mapAttrsToList renderInstance (lib.filterAttrs problems.isSound enabled);

  # A plain union: where two instances claim one name, the assertion speaks, not a merge conflict.
  union = part: lib.mergeAttrsList (map (one: one.${part}) rendered);

  # An instance has its own, in instance.nix.
  removed =
    optionPath:
    lib.mkRemovedOptionModule
      (
        [
          "services"
          "opencode"
        ]
        ++ optionPath
      )
      "It no longer exists: write the same settings to `config', which is typed, or name a ready-made file with `configFile'.";
in
{
  imports = [
    (removed [ "opencodeCfg" ])
    (removed [
      "defaults"
      "opencodeCfg"
    ])
  ];

  options.services.opencode = {
    enable = mkOption {
      type = types.bool;
      default = cfg.instances != { };
      defaultText = "whether there are instances";
      description = "Whether the instances run. `false` takes all of them away, their data stays.";
    };

    instances = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          # `config` is an option of an instance, not the `config` of a module.
          shorthandOnlyDefinesConfig = true;
          modules = [
            (instance.module layers)
            layers.module
          ];
        }
      );
      default = { };
      example = lib.literalExpression ''
        {
          scratch = { };
          web = {
            directory = "/srv/projects/web";
            config.model = "anthropic/claude-sonnet-4-5";
          };
        }
      '';
      description = "The servers, by name. A name is enough: `instances.scratch = { };` runs.";
    };

    defaults = instance.shared;
  };

  config = lib.mkIf cfg.enable {
    assertions = map (message: {
      assertion = false;
      inherit message;
    }) (problems.errors enabled);
    warnings = problems.warnings cfg.defaults enabled;

    systemd.services = union "services";
    systemd.tmpfiles.rules = lib.concatMap (one: one.tmpfiles) rendered;

    users.users = union "users";
    users.groups = union "groups";

    environment.etc = union "manifests";
    environment.systemPackages = lib.unique (lib.mapAttrsToList (_: one: one.setupPackage) enabled);

    networking.firewall.allowedTCPPorts = lib.mapAttrsToList (_: one: one.listen.port) (
      lib.filterAttrs (_: one: one.openFirewall) enabled
    );
  };
}
