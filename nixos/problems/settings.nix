# Settings of one instance that cannot work.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  argumentErrors = import ./arguments.nix { inherit lib; };

  # Variables that follow from an option, which would get two values.
  ownedBy = {
    HOME = "HOME is the state directory. Set `stateDir` instead.";
    PATH = "PATH is made of packages. Add yours to `path` instead.";
  };

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
    ++ argumentErrors name cfg
    ++ map (
      variable:
      "${option name "environment"}: \"${variable}\" is not a valid name for a variable, and systemd would ignore it. Use letters, digits and \"_\", and no digit first."
    ) (namesNotMatching "[A-Za-z_][A-Za-z0-9_]*" cfg.environment)
    ++ map (
      id:
      "${option name "credentials"}: \"${id}\" is not a valid name for a credential. Use letters, digits, \"_\", \".\" and \"-\"."
    ) (namesNotMatching "[A-Za-z0-9_.-]+" cfg.credentials)
  ) instances
)
