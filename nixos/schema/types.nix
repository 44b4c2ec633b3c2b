# The types of JSON values that nixpkgs' lib does not have in every supported release, as its manual says to make types.
{ lib }:
let
  inherit (lib) mkOptionType types;
  inherit (lib.options) showDefs showOption;

  # Does JSON render the value as a whole: a scalar, a path, a derivation, anything that becomes a string?
  isLeaf = value: !(lib.isList value || lib.isAttrs value) || value ? outPath || value ? __toString;

  # A value of one of several types; all definitions are of the same one. lib's `oneOf` has no options of its own to show,
  # and does not say what is wrong with definitions of different types.
  union =
    variants:
    mkOptionType {
      name = "union";
      inherit (types.oneOf variants) description descriptionClass;
      check = value: lib.any (variant: variant.check value) variants;
      merge =
        loc: definitions:
        let
          variant = lib.findFirst (
            variant: lib.all (definition: variant.check definition.value) definitions
          ) null variants;
        in
        if variant == null then
          throw "The option `${showOption loc}' is given values of different types:${showDefs definitions}\nDefine it once, or use lib.mkForce for the one that shall hold."
        else
          variant.merge loc definitions;
      getSubOptions =
        prefix: lib.foldl' (options: variant: options // variant.getSubOptions prefix) { } variants;
    };

  leaf = mkOptionType {
    name = "leaf";
    description = "null, boolean, number, string, path or package";
    descriptionClass = "conjunction";
    check = value: isLeaf value && !lib.isFunction value;
    merge = lib.options.mergeEqualOption;
  };

  # Any JSON. Attribute sets merge key by key; derivations and paths are leaves.
  json = mkOptionType {
    name = "json";
    description = "JSON value";
    descriptionClass = "noun";
    inherit
      (union [
        leaf
        (types.listOf json)
        jsonObject
      ])
      check
      merge
      ;
  };

  # Any JSON object.
  jsonObject = types.addCheck (types.attrsOf json) (value: !isLeaf value);

  # A list of fixed length with a type for each place.
  tuple =
    elemTypes:
    types.addCheck (types.listOf json) (
      value:
      lib.length value == lib.length elemTypes
      && lib.all lib.id (lib.zipListsWith (elemType: elemType.check) elemTypes value)
    )
    // {
      description = "list of exactly ${
        lib.concatMapStringsSep ", then " (elemType: elemType.description) elemTypes
      }";
    };

  # The entries of an object in the order that counts, each as a set with one name. `object` is the type of the object.
  entries =
    object:
    let
      list = types.listOf object;
      isInteger = name: builtins.match "0|[1-9][0-9]*" name != null;
      quoted = lib.concatMapStringsSep ", " (name: "`${name}'");
      refuseIf =
        condition: loc: definitions: what:
        lib.throwIf condition "The option `${showOption loc}' ${what}${showDefs definitions}";
      merge =
        loc: definitions:
        let
          merged = map (lib.filterAttrs (_: value: value != null)) (list.merge loc definitions);
          names = lib.concatMap lib.attrNames merged;
          notOne = lib.findFirst (entry: lib.length (lib.attrNames entry) != 1) null merged;
          twice = lib.attrNames (
            lib.filterAttrs (_: same: lib.length same > 1) (lib.groupBy lib.id names)
          );
        in
        refuseIf (notOne != null) loc definitions
          "is a list, so that each element is a set with one name, and one has ${
            if notOne == { } then "none" else quoted (lib.attrNames notOne)
          }. Definition values:"
          (
            refuseIf (twice != [ ]) loc definitions
              "has ${quoted twice} twice, and the last that matches holds. Remove one of them. Definition values:"
              (
                refuseIf (lib.any isInteger names) loc definitions
                  "has ${quoted (lib.filter isInteger names)}, which looks like an integer: the server moves such a name before all others, whatever its place in the list. Write it as another pattern. Definition values:"
                  merged
              )
          );
    in
    mkOptionType {
      name = "entries";
      description = "list of such sets with one name each";
      descriptionClass = "composite";
      inherit (list) check;
      inherit merge;
    };
in
{
  inherit
    entries
    isLeaf
    json
    jsonObject
    tuple
    union
    ;
}
