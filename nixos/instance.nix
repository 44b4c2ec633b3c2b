# The options of one instance, declared once for `instances.<name>` and for `defaults`.
#
# The declarations are the same values for every instance: making them anew for each would cost more than the units do.
# So what follows from an instance's name is not in a declaration but defined by `module`, at the same priority.
{
  lib,
  pkgs,
  configType,
  portOf,
  # The primary group of a user, and the name of the machine, as the rest of the system has them.
  groupOf,
  hostName,
  # The state directories of the instances that run as a user.
  statesOf,
  # The evaluated `services.opencode.defaults.sandbox.readOnlyGit`, as an option.
  defaultReadOnlyGit,
  # The type of a directive in NixOS' own `serviceConfig`.
  unitOption,
}:
let
  inherit (lib) mkOption types;
  path = import ./path-types.nix { inherit lib; };
  misplaced = import ./instance/misplaced.nix { inherit lib; };
  places = import ./default-places.nix;
  networkNamesOf = import ./units/network/names.nix { inherit lib; };
  # The module that carries `defaults` into each instance.
  defaultsFile = "services.opencode.defaults";

  isWritten = option: option.highestPrio < (lib.mkOptionDefault null).priority;

  # Those that make sense as a default for all.
  shared =
    import ./instance/server.nix {
      inherit
        lib
        pkgs
        path
        unitOption
        ;
    }
    // import ./instance/identity.nix { inherit lib path; }
    // import ./instance/setup.nix {
      inherit
        lib
        pkgs
        configType
        path
        ;
    }
    // import ./instance/sandbox.nix { inherit lib path; }
    // import ./instance/git.nix { inherit lib path; }
    // import ./instance/limits.nix { inherit lib; }
    // import ./instance/policy.nix { inherit lib; }
    // import ./instance/network.nix { inherit lib pkgs path; }
    // import ./instance/on-demand.nix { inherit lib; }
    // import ./instance/proof.nix { inherit lib path; }
    // import ./instance/content.nix { inherit lib pkgs; };

  # Those that two instances may never have in common.
  own = import ./instance/nginx.nix { inherit lib; } // {
    user = mkOption {
      type = types.str;
      defaultText = "opencode-<name>";
      description = ''
        The user that both units run as; created as a system user if nothing else declares it. By default, each instance
        has its own. The module warns of instances that share a user.
      '';
    };

    stateDir = mkOption {
      type = path.absolute;
      defaultText = "/var/lib/opencode/instance-state/<name>";
      apply = path.canonical;
      description = ''
        The instance's HOME: the link to its configuration, sessions, logins and caches. Nobody else can look into it.
        This is the one directory to back up.
      '';
    };

    written = mkOption {
      type = types.raw;
      internal = true;
      description = "What was written where a value does not tell, for the units.";
    };

    otherStates = mkOption {
      type = types.listOf types.str;
      internal = true;
      description = "The state directories of the other instances that run as the same user.";
    };
  };

  noOtherNames = import ./no-other-names.nix { inherit lib; } {
    options = shared // own;
    known = misplaced.inInstance;
  };
in
{
  # The tree of `services.opencode.defaults`.
  inherit shared;

  # The module of one instance; `layers` is defaults/.
  module =
    layers:
    {
      name,
      config,
      options,
      ...
    }:
    {
      # What is in `sandbox` adds up, except for what cannot.
      options =
        let
          added = layers.addUp options (
            shared // own // { sandbox = removeAttrs shared.sandbox [ "readOnlyGit" ]; }
          );
        in
        added // { sandbox = added.sandbox // { inherit (shared.sandbox) readOnlyGit; }; };

      config = {
        directory = lib.mkOptionDefault (places.of name).directory;
        stateDir = lib.mkOptionDefault (places.of name).stateDir;
        user = lib.mkOptionDefault "opencode-${name}";
        group = lib.mkOptionDefault (groupOf config.user);
        listen.port = lib.mkOptionDefault (portOf name);
        git.userName = lib.mkOptionDefault name;
        git.userEmail = lib.mkOptionDefault "${name}@${hostName}";
        sandbox.readOnlyGit = lib.mkOverride (
          if defaultReadOnlyGit.highestPrio < lib.modules.defaultOverridePriority then
            defaultReadOnlyGit.highestPrio
          else
            1250
        ) defaultReadOnlyGit.value;
        # Weaker than what `defaults` hands down: whoever sets another one is told (problems/network-credentials.nix).
        config = lib.mkIf (config.network.isolate && config.network.credentials != { }) {
          provider = lib.mapAttrsRecursive (_: lib.mkOverride 1300) (networkNamesOf name config).optionsOfProviders;
        };
        otherStates = lib.filter (stateDir: stateDir != config.stateDir) (statesOf config.user);
        written = {
          # The group, unless it follows from the user.
          group = if isWritten options.group then config.group else null;
          projectConfig = isWritten options.projectConfig;
          # Whole, with priorities and orders: `mkForce` here replaces a list of ours.
          serviceConfig = map (definition: definition.value) (
            lib.filter (
              definition: definition.file != defaultsFile
            ) options.serviceConfig.definitionsWithLocations
          );
        };
        _module.freeformType = noOtherNames;
      };
    };
}
