# The freeform type of a module that takes no names but those of its options: it says which name is near, which lib does from
# its release 26.05 on, and what else there is to know.
{
  lib,
  # name -> what to do about it, or "".
  hintFor ? _name: "",
}:
{
  options,
  # What becomes of names that are told apart: name -> location -> files -> attributes of the module's `config`.
  known ? { },
}:
let
  inherit (lib.options) showDefs showOption;

  # The place of a name that is no option: in the tree itself, or in a set of options such as `listen`.
  unknownIn =
    tree: loc: definitions:
    let
      name = lib.head (lib.attrNames (lib.head definitions).value);
      named = map (definition: definition // { value = definition.value.${name}; }) (
        lib.filter (definition: definition.value ? ${name}) definitions
      );
      distance = lib.strings.levenshtein name;
    in
    if tree ? ${name} && !lib.isOption tree.${name} then
      unknownIn tree.${name} (loc ++ [ name ]) named
    else
      {
        option = loc ++ [ name ];
        definitions = named;
        # Not levenshteinAtMost, which overlooks a letter that is left out of a pair ("comand").
        near = map (other: "`${showOption (loc ++ [ other ])}'") (
          lib.sortOn distance (lib.filter (other: distance other <= 2) (lib.attrNames tree))
        );
      };

  refuse =
    { option, definitions, near }:
    let
      hint = hintFor (lib.last option);
    in
    throw "The option `${showOption option}' does not exist. Definition values:${showDefs definitions}\n${
      lib.concatStringsSep " " (
        lib.optional (near != [ ]) "Did you mean ${lib.concatStringsSep " or " near}?"
        ++ lib.optional (hint != "") hint
      )
    }";
in
lib.mkOptionType {
  name = "noOtherNames";
  description = "nothing";
  descriptionClass = "noun";
  merge =
    loc: definitions:
    let
      names = lib.zipAttrsWith (name: files: known.${name} (loc ++ [ name ]) files) (
        map (definition: lib.mapAttrs (_: _: definition.file) definition.value) definitions
      );
      unknown = lib.filter (definition: definition.value != { }) (
        map (
          definition: definition // { value = removeAttrs definition.value (lib.attrNames known); }
        ) definitions
      );
    in
    if unknown == [ ] then names else refuse (unknownIn options loc unknown);
}
