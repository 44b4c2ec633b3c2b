# The options of one instance, declared once for `instances.<name>` and for `defaults`.
#
# The declarations are the same values for every instance: making them anew for each would cost more than the units do.
# So what follows from an instance's name is not in a declaration but defined by `module`, at the same priority.
{
  lib,
  pkgs,
  configType,
  portOf,
}:
let
  inherit (lib) mkOption types;
  path = import ./path-types.nix { inherit lib; };
  misplaced = import ./instance/misplaced.nix { inherit lib; };

  # Those that make sense as a default for all.
  shared =
    import ./instance/server.nix { inherit lib pkgs path; }
    // import ./instance/account.nix { inherit lib path; }
    // import ./instance/setup.nix {
      inherit
        lib
        pkgs
        configType
        path
        ;
    }
    // import ./instance/sandbox.nix { inherit lib path; };

  # Those that two instances may never have in common.
  own = {
    user = mkOption {
      type = types.str;
      defaultText = "opencode-<name>";
      description = ''
        The user that both units run as; made as a static system user if nothing else declares it. No two instances
        share one.
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
      options = layers.addUp options (shared // own);

      config = {
        directory = lib.mkOptionDefault (import ./default-places.nix name).directory;
        stateDir = lib.mkOptionDefault (import ./default-places.nix name).stateDir;
        user = lib.mkOptionDefault "opencode-${name}";
        group = lib.mkOptionDefault config.user;
        listen.port = lib.mkOptionDefault (portOf name);
        _module.freeformType = noOtherNames;
      };
    };
}
