# Content of HOME that opencode would not take, or that has no place there.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  declared = import ../content/declared.nix { inherit lib; };
  frontMatter = import ../content/front-matter.nix { inherit lib; };
  errorsOfPlaces = import ./content-places.nix { inherit lib; };

  isFolder = value: lib.isPath value && declared.isDirectory value;

  # Not read before it is built: build-checks.nix looks at that.
  textOf =
    one:
    if !declared.isPlace one.value then
      one.value
    else if !lib.isPath one.value then
      null
    else if isFolder one.value then
      if builtins.pathExists (one.value + "/SKILL.md") then
        builtins.readFile (one.value + "/SKILL.md")
      else
        ""
    else
      builtins.readFile one.value;

  # One line that begins like a path, or is a single word that ends like the name of a file.
  looksLikePath =
    value:
    lib.isString value
    && !declared.isPlace value
    && builtins.match "(/|[.]{1,2}/|~/)[^\n]*|[^[:space:]]+[.](md|js|ts|json)" value != null;

  # Of `files.<path>`, whose text may be anything.
  errorsOfFile =
    where: file: value:
    if file.hasText && file.hasSource then
      [
        "${where} sets both `text` and `source`. Remove one of them, or set it to null if it is from `defaults`."
      ]
    else if !file.hasText && !file.hasSource then
      [ "${where} sets neither `text` nor `source`. Set `text` or `source`." ]
    else if file.hasSource && lib.isString value && !lib.hasPrefix "/" value then
      [
        "${where}.source: \"${value}\" is not an absolute path. Write a Nix path without quotes, or the absolute path of a file on the machine."
      ]
    else
      [ ];

  errorsOfKind =
    where: one:
    let
      text = textOf one;
      wrong = frontMatter {
        kind = one.frontMatter;
        inherit (one) name;
      } text;
    in
    if one.name == "" || lib.hasSuffix "/" one.name || one ? frontMatter && lib.hasSuffix ".md" one.name then
      [ "${where}: \"${one.name}\" is not a valid name. Use a name that does not end in \"/\" or \".md\"; the module adds \".md\"." ]
    else if looksLikePath one.value then
      [
        "${where}: the string \"${one.value}\" would be the content of the file, and not its path. Write a Nix path without quotes, or use `files.<path>.source` for a file on the machine."
      ]
    else if isFolder one.value && one.frontMatter or null != "skill" then
      [ "${where}: ${toString one.value} is a directory. Name a file." ]
    else if !(one ? frontMatter) || text == null || wrong == null then
      [ ]
    else
      [ "${where}: the file ${wrong}. opencode would silently ignore it." ];

  errorsOf =
    name: one:
    let
      where = option name one.option;
    in
    if declared.isMissing one.value then
      [ "${where}: ${toString one.value} does not exist. Correct the path; in a flake, run `git add` on a new file." ]
    else if one ? file then
      errorsOfFile where one.file one.value
    else
      errorsOfKind where one;
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    let
      all = declared.of cfg;
    in
    errorsOfPlaces name cfg all ++ lib.concatMap (errorsOf name) all
  ) instances
)
