# The NixOS part of README.md as a chapter of the NixOS manual: the same text, with headings of a chapter and identifiers
# to link to.
{ lib }:
let
  prefix = "module-services-opencode";

  # "Back up and restore" -> "back-up-and-restore"
  slug =
    title:
    lib.concatStringsSep "-" (lib.filter (word: builtins.match "[a-z0-9]+" word != null) (
      lib.splitString " " (lib.toLower title)
    ));

  heading =
    line:
    if lib.hasPrefix "## " line then
      "# opencode {#${prefix}}"
    else if lib.hasPrefix "### " line then
      "${lib.removePrefix "#" line} {#${prefix}-${slug (lib.removePrefix "### " line)}}"
    else
      line;

  # A line of a code block may look like a heading.
  convert =
    { inCode, lines }:
    line:
    let
      isFence = lib.hasPrefix "```" (lib.trim line);
    in
    {
      inCode = inCode != isFence;
      lines = lines ++ [ (if inCode then line else heading line) ];
    };

  # From the heading to the next of its rank.
  sectionOf =
    title: text:
    let
      after = lib.last (lib.splitString "\n## ${title}\n" text);
    in
    "## ${title}\n" + lib.head (lib.splitString "\n## " after);

  # Links to files of the repository lead nowhere from the manual.
  withoutLinks =
    lib.replaceStrings
      [ "[nixos/OPTIONS.md](nixos/OPTIONS.md)" ]
      [ "`nixos/OPTIONS.md` of the repository" ];
in
readme:
lib.concatLines
  (lib.foldl' convert {
    inCode = false;
    lines = [ ];
  } (lib.splitString "\n" (lib.trim (sectionOf "On NixOS" (withoutLinks readme))))).lines
