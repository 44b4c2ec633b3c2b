# services.opencode: one hardened opencode server per project, on NixOS 25.11 and later.
#
#   instance.nix   the options of an instance
#   defaults/      how `defaults` reaches an instance
#   units/         an instance's units, user and directories
#   metrics.nix    what Prometheus is told of all instances
#   nginx.nix      the virtual hosts that lead to instances
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
    groupOf = user: config.users.users.${user}.group or user;
    # Empty where the network is to give one.
    hostName =
      if config.networking.hostName or "" == "" then "localhost" else config.networking.fqdnOrHostName;
    statesOf = user: statesOf.${user} or [ ];
    defaultReadOnlyGit = options.services.opencode.defaults.sandbox.readOnlyGit;
    inherit (utils.systemdUtils.unitOptions) unitOption;
  };

  layers = import ./defaults {
    inherit lib;
    inherit (pipeline.internal) config;
    specialArgs = { inherit pkgs; };
    declared = options.services.opencode.defaults;
    inherit (options.services.opencode) instances;
  };

  problems = import ./problems.nix {
    inherit lib pipeline;
    system = config;
  };

  renderInstance = import ./units {
    inherit lib pkgs utils;
    system = config;
    defaultServiceConfig = options.services.opencode.defaults.serviceConfig;
    manifestOf = import ./units/manifest.nix {
      inherit lib pkgs;
      mkOpenCodeConfigFromAttrs = pipeline.internal.write;
    };
  };
  misplaced = import ./instance/misplaced.nix { inherit lib; };

  # Errors that do not wait for an assertion: who evaluates a single unit reads those never.
  misplacedErrors =
    instances:
    misplaced.errorsOfService options.services.opencode
    ++ misplaced.errorsOfInstance options.services.opencode.defaults
    ++ lib.concatMap misplaced.errorsOfConfig (lib.attrValues instances);

  # An instance as the rest of the system sees it. Its `config` is whole, or an error says what it lacks.
  finished =
    name: instance:
    let
      judged = layers.judge name instance;
    in
    judged
    // {
      config = pipeline.internal.complete [
        "services"
        "opencode"
        "instances"
        name
        "config"
      ] judged.config;
    };

  enabled = lib.filterAttrs (_: one: one.enable) cfg.instances;

  # The state directories of the instances that run as each user.
  statesOf = lib.mapAttrs (_: map (one: one.stateDir)) (
    lib.groupBy (one: one.user) (lib.attrValues enabled)
  );

  # What cannot be a unit or a user at all would end in an error of NixOS' own before the assertion
  # that explains it.
  sound = lib.filterAttrs problems.isSound enabled;
  rendered = lib.mapAttrsToList renderInstance sound;
  keys = import ./units/network/credentials.nix { inherit lib pkgs utils; } cfg.credentialsPackage sound;
  nameServers = import ./units/network/resolv-conf.nix {
    inherit lib pkgs utils;
    systemd = config.systemd.package;
  } sound;
  # The units that there are once, whatever the number of instances.
  ofAll = [
    keys
    nameServers
  ];

  # A plain union: where two instances claim one name, the assertion speaks, not a merge conflict.
  union = part: lib.mergeAttrsList (map (one: one.${part} or { }) (rendered ++ ofAll));

  # An identifier that nixpkgs' list of redirects does not have fails the build of the NixOS manual, and with it
  # nixos-rebuild, unless that check is off.
  takesForeignChapters = !(config.documentation.nixos.checkRedirects or true);
in
{
  imports = [
    ./metrics.nix
    # A misspelt key in `defaults` is an error although there may be no instance to get it.
    { assertions = builtins.seq (builtins.toJSON (pipeline.render cfg.defaults.config)) [ ]; }
    {
      # The oldest release that the tests are run on.
      assertions = lib.optional (lib.versionOlder lib.trivial.release "25.11") {
        assertion = false;
        message = "services.opencode needs NixOS 25.11 or later, and this is ${lib.trivial.release}.";
      };
    }
  ];

  meta = {
    # NixOS takes those only that nixpkgs knows.
    maintainers = lib.intersectLists (import ./maintainers.nix) (lib.attrValues lib.maintainers);
    doc = lib.mkIf takesForeignChapters ./opencode.md;
  };

  options.services.opencode = misplaced.serviceOptions // {
    enable = lib.mkEnableOption "the instances. `false` removes all of them, and keeps their data" // {
      default = cfg.instances != { };
      defaultText = lib.literalMD "whether there are instances";
    };

    instances = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          description = "instance";
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
      # Found by whoever reads anything of an instance.
      apply =
        instances:
        let
          errors = misplacedErrors instances;
        in
        lib.throwIf (errors != [ ]) (lib.concatLines errors) (
          lib.mapAttrs finished instances
        );
      description = "The servers, by name. A name is enough: `instances.scratch = { };` runs.";
    };

    credentialsPackage = lib.mkPackageOption pkgs "nginx" {
      extraDescription = "It runs as `opencode-credentials` where an instance has `network.credentials`.";
    };

    # The options of opencode.json are told of once, as those of an instance.
    defaults =
      instance.shared
      // misplaced.instanceOptions
      // {
        config = instance.shared.config // {
          visible = "shallow";
        };
      };
  };

  # `instances` is read although nothing may run: what is misplaced is an error all the same.
  config = lib.mkIf (builtins.seq cfg.instances cfg.enable) {
    assertions = map (message: {
      assertion = false;
      inherit message;
    }) (problems.errors enabled);
    warnings = problems.warnings cfg.defaults enabled;

    systemd.services = union "services";
    systemd.sockets = union "sockets";
    systemd.paths = union "paths";
    systemd.slices =
      union "slices"
      // lib.optionalAttrs (rendered != [ ]) (import ./units/slices.nix { inherit lib; }).ofAll;
    systemd.tmpfiles.rules = lib.concatMap (one: one.tmpfiles or [ ]) (rendered ++ ofAll);
    users.users = union "users";
    users.groups = union "groups";
    environment.etc = union "manifests";
    environment.systemPackages = lib.unique (lib.mapAttrsToList (_: one: one.setupPackage) enabled);

    services.nginx = import ./nginx.nix { inherit lib; } enabled;

    networking.firewall.allowedTCPPorts = lib.mapAttrsToList (_: one: one.listen.port) (
      lib.filterAttrs (_: one: one.openFirewall) enabled
    );
  };
}
