# Content of HOME that opencode would not take, or that has no place there.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option names;
  declared = import ../content/declared.nix { inherit lib; };
  frontMatter = import ../content/front-matter.nix { inherit lib; };

  # Not read before it is built: build-checks.nix looks at that.
  textOf =
    one:
    if !declared.isPlace one.value then
      one.value
    else if !lib.isPath one.value then
      null
    else if declared.isDirectory one.value then
      if builtins.pathExists (one.value + "/SKILL.md") then
        builtins.readFile (one.value + "/SKILL.md")
      else
        ""
    else
      builtins.readFile one.value;

  ours = [
    ".config/opencode/opencode.json"
    ".config/opencode/.gitignore"
    ".opencode/.gitignore"
    ".local/share/opencode/auth.json"
  ];

  # What cannot be one below HOME.
  isOdd =
    path:
    path == ""
    || builtins.match ".*[[:cntrl:]].*" path != null
    || lib.any (part: part == "" || part == "." || part == "..") (lib.splitString "/" path);

  errorsOf =
    name: one:
    let
      where = option name one.option;
      text = textOf one;
      kind = one.frontMatter;
      wrong = frontMatter {
        inherit kind;
        inherit (one) name;
      } text;
    in
    if isOdd one.path then
      [ "${where}: \"${one.path}\" is no path below the state directory: leave out \"..\", and \"/\" at either end." ]
    else if !(one.isComplete or true) then
      [ "${where}: set `text`, or `source`, and not both." ]
    else if lib.elem one.path ours then
      [ "${where}: ${one.path} is the module's own. See `config`, `configFile` and `lockLogins`." ]
    else if one ? kind then
      [ ]
    else if lib.isString one.value && builtins.match "/[^\n]*" one.value != null && !declared.isPlace one.value then
      [ "${where}: ${one.value} would be the text. Write a Nix path without quotes, or use `files` for a file of the machine." ]
    else if !(one ? frontMatter) || text == null || wrong == null then
      [ ]
    else
      [ "${where}: the file ${wrong}. opencode would not say so, and leave out what is meant." ];

  twice =
    name: all:
    lib.mapAttrsToList
      (path: sharers: "${option name "files"}: ${names (map (one: one.option) sharers)} all are ${path}. Remove all but one.")
      (lib.filterAttrs (_: sharers: lib.length sharers > 1) (lib.groupBy (one: one.path) all));
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    let
      all = declared.of cfg;
    in
    lib.concatMap (errorsOf name) all ++ twice name all
  ) instances
)
