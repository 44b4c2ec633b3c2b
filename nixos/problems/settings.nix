# Settings of one instance that cannot work.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option;

  # Variables that follow from an option, which would get two values.
  ownedBy = {
    HOME = "HOME is the state directory. Set `stateDir` instead.";
    PATH = "PATH is made of packages. Add yours to `path` instead.";
  };

  # Flags that serve-command.nix gives, and the options they come from. Of one given twice the server takes neither value:
  # it listens on any port, or stops.
  givenFlags =
    cfg:
    {
      "--hostname" = "listen.address";
      "--port" = "listen.port";
    }
    // lib.optionalAttrs (cfg.logLevel != null) { "--log-level" = "logLevel"; };

  isGiven = flag: argument: argument == flag || lib.hasPrefix "${flag}=" argument;

  namesNotMatching =
    pattern: set: lib.filter (name: builtins.match pattern name == null) (lib.attrNames set);
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    lib.mapAttrsToList (variable: advice: "${option name "environment"}.${variable}: ${advice}") (
      builtins.intersectAttrs cfg.environment ownedBy
    )
    ++ lib.concatLists (
      lib.mapAttrsToList (
        flag: source:
        lib.optional (lib.any (isGiven flag) cfg.extraArgs) "${option name "extraArgs"}: ${flag} is given already, and the server does not take it twice. Set `${source}` instead."
      ) (givenFlags cfg)
    )
    ++ map (
      variable:
      "${option name "environment"}: \"${variable}\" cannot be the name of a variable, and systemd would leave it out: use letters, digits and \"_\", and no digit first."
    ) (namesNotMatching "[A-Za-z_][A-Za-z0-9_]*" cfg.environment)
    ++ map (
      id:
      "${option name "credentials"}: \"${id}\" cannot be the name of a credential: use letters, digits, \"_\", \".\" and \"-\"."
    ) (namesNotMatching "[A-Za-z0-9_.-]+" cfg.credentials)
  ) instances
)
