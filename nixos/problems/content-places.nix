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
        "${where}: \"${one.path}\" is no path below the state directory: leave out \"..\", and \"/\" at either end."
      ]
    else if lib.elem one.path places.files then
      [ "${where}: ${one.path} is the module's own. See `config`, `configFile`, `logFile` and `lockLogins`." ]
    else if isPrivate one.path then
      [ "${where}: ${one.path} is a place that opencode-setup keeps for itself. Choose another." ]
    else if madeAt cfg one.path != null then
      [
        "${where}: ${one.path} would replace the directory ${madeAt cfg one.path}, which the setup unit makes. Declare what shall be in it, one file each."
      ]
    else
      [ ];

  twice =
    name: byPath:
    lib.mapAttrsToList (
      path: sharers:
      "${option name "files"}: ${names (map (one: one.option) sharers)} all are ${path}. Remove all but one."
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
          "${option name (lib.head sharers).option}: ${path} is below ${above}, which is a link to what ${
            option name (lib.head byPath.${above}).option
          } has. Remove one of them, or put this into that folder."
      ) byPath
    );
in
# Of an instance: `all` is what ../content/declared.nix makes of it.
name: cfg: all:
let
  byPath = lib.groupBy (one: one.path) (lib.filter (one: !isOdd one.path) all);
in
lib.concatMap (errorsOf name cfg) all ++ twice name byPath ++ below name byPath
