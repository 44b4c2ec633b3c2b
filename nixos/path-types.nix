# Types for the paths that an operator names.
#
# All are strings, not Nix paths: a Nix path literal would be copied to the world-readable store,
# and the unit would then use the copy.
{ lib }:
let
  # Quotes, backslashes and control characters cannot be written alike in every directive of a unit
  # file, a colon ends a path in BindPaths= and a field in passwd. "." and ".." would let two
  # spellings of one directory pass as different ones.
  isPlain =
    path:
    lib.isString path
    && builtins.match "/[^[:cntrl:]:\"\\\\]*" path != null
    && !lib.any (part: part == "." || part == "..") (lib.splitString "/" path);

  inStore = path: lib.hasPrefix "${builtins.storeDir}/" path;

  withoutDash = path: if lib.isString path then lib.removePrefix "-" path else path;

  pathType =
    name: description: check:
    lib.mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = lib.mergeEqualOption;
    };

  absolute =
    pathType "absolutePath" "absolute path as a string, without \"..\", colons, quotes and backslashes"
      isPlain;
in
{
  inherit absolute;

  # A leading "-" is systemd's sign for "only if it is there".
  optional =
    pathType "optionalPath" "absolute path as a string, with \"-\" before it if it may be missing"
      (path: isPlain (withoutDash path));

  secret = pathType "secretPath" "absolute path of a file outside the Nix store, as a string" (
    path: isPlain path && !inStore path
  );

  optionalSecret =
    pathType "optionalSecretPath"
      "absolute path of a file outside the Nix store, as a string, with \"-\" before it if it may be missing"
      (path: isPlain (withoutDash path) && !inStore (withoutDash path));

  # A file that may be in the store: a package, a Nix path, or the name of one on the machine.
  any = lib.types.either absolute (lib.types.addCheck lib.types.path (path: !lib.isString path));

  # "/srv//x/" and "/srv/x" are one directory; comparisons see only the second spelling.
  canonical =
    path: "/" + lib.concatStringsSep "/" (lib.filter (part: part != "") (lib.splitString "/" path));
}
