# What an instance cannot be without, by the major of its opencode.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option;
  opencode = import ../opencode { inherit lib; };

  errorsOf =
    name: cfg:
    let
      major = opencode.of cfg;
    in
    if !opencode.isKnown cfg then
      [
        "${option name "package"}: the version of ${lib.getName cfg.package}, \"${lib.getVersion cfg.package}\", does not say which major of opencode it is. Set `opencodeMajor` to 1 or 2."
      ]
    else
      # In a file, since opencodectl has to know it as well.
      lib.optional
        (
          major.alwaysHasPassword
          && cfg.auth.passwordFile == null
          && !cfg.credentials ? ${major.passwordVariable}
        )
        "${option name "auth.passwordFile"}: opencode ${toString major.api} makes a password up where it is given none, and prints it to the journal. Name a file with one.";
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
