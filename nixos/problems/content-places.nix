# Where declared content of HOME cannot be.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  inherit (import ./paths.nix { inherit lib; }) nearestIn;
  places = import ../content/home-places.nix;

  components = lib.splitString "/";
  isAtOrBelow = directory: path: path == directory || lib.hasPrefix "${directory}/" path;

  # What cannot be a path below HOME.
  isOdd =
    path:
    path == ""
    || builtins.match ".*[[:cntrl:]].*" path != null
    || lib.any (part: part == "" || part == "." || part == "..") (components path);

  # What the executor uses for itself, in any folder.
  isPrivate =
    path:
    isAtOrBelow places.record path
    || lib.any (part: lib.hasPrefix "." part && lib.hasSuffix ".opencode-setup" part) (components path);

  # A directory that the setup unit makes, and that a link would replace.
  madeAt =
    cfg: path:
    lib.findFirst (isAtOrBelow path) null (
      places.usual ++ lib.optionals cfg.lockConfig places.locked
    );

  errorsOf =
    name: cfg: one:
    let
      where = option name one.option;
    in
    if isOdd one.path then
      [
        "${where}: \"${one.path}\" is not a path below the state directory. Write a relative path without \".\", \"..\" and control characters, and without \"/\" at either end."
      ]
    else if lib.elem one.path places.files then
      [ "${where}: the module itself creates ${one.path}. Set `config`, `configFile`, `logFile` or `lockLogins` instead." ]
    else if isPrivate one.path then
      [ "${where}: ${one.path} is reserved for opencode-setup. Choose another path." ]
    else if madeAt cfg one.path != null then
      [
        "${where}: ${one.path} would replace the directory ${madeAt cfg one.path}, which the setup unit creates. Declare each file in it instead."
      ]
    else
      [ ];

  twice =
    name: byPath:
    lib.mapAttrsToList (
      path: sharers:
      "${option name "files"}: ${names (map (one: one.option) sharers)} declare the same path, ${path}. Remove all but one."
    ) (lib.filterAttrs (_: sharers: lib.length sharers > 1) byPath);

  # A link is no directory, and what would be below it would be outside of HOME.
  below =
    name: byPath:
    lib.concatLists (
      lib.mapAttrsToList (
        path: sharers:
        let
          above = nearestIn byPath (builtins.dirOf path);
        in
        lib.optional (above != null)
          "${option name (lib.head sharers).option}: ${path} is below ${above}, for which ${
            option name (lib.head byPath.${above}).option
          } declares a link. Remove one of them, or add the file to the directory that the link leads to."
      ) byPath
    );
in
# Of an instance: `all` is what ../content/declared.nix makes of it.
name: cfg: all:
let
  byPath = lib.groupBy (one: one.path) (lib.filter (one: !isOdd one.path) all);
in
lib.concatMap (errorsOf name cfg) all ++ twice name byPath ++ below name byPath
