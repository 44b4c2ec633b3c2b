# The links of a manifest that HOME's declared content becomes.
{ lib, pkgs }:
let
  declared = import ./declared.nix { inherit lib; };

  isText = one: one.file.hasText or (!declared.isPlace one.value);

  kindOf =
    one:
    if isText one then
      "file"
    else if lib.isPath one.value then
      if declared.isDirectory one.value then "directory" else "file"
    else if one.frontMatter or null == "skill" && declared.isDirectory one.value then
      "directory"
    else
      one.file.kind or "file";

  # Not every name is one for the store.
  storeName = path: lib.strings.sanitizeDerivationName (builtins.baseNameOf path);

  linkOf =
    one:
    let
      kind = kindOf one;
    in
    {
      inherit (one) path;
      source = if isText one then "${pkgs.writeText (storeName one.path) one.value}" else "${one.value}";
    }
    // lib.optionalAttrs (kind != "file") { inherit kind; }
    # For build-checks.nix. What is text, or here already, has been looked at.
    // lib.optionalAttrs (one.frontMatter or null == "skill" && !isText one && !lib.isPath one.value) {
      skill = one.name;
    };
in
# An incomplete or a missing one has an error in problems/content.nix.
cfg:
map linkOf (
  lib.filter (one: one.value != null && !declared.isMissing one.value) (declared.of cfg)
)
