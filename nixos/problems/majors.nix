# An opencode of which nobody says what its major is.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  opencode = import ../opencode { inherit lib; };

  errorsOf =
    name: cfg:
    lib.optional (!opencode.isKnown cfg)
      "${option name "package"}: the version of ${lib.getName cfg.package}, \"${lib.getVersion cfg.package}\", does not say which major of opencode it is. Set `opencodeMajor` to 1 or 2.";
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
