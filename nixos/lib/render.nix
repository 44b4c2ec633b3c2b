# Turns an evaluated option set into what opencode.json holds: an attribute set, with an ordered object for each list of
# rules.
{
  lib,
  config,
  # ordered.nix
  ordered,
}:
let
  inherit (config) isLeaf;
  inherit (ordered) isOrdered;

  # Options of ours that are no keys of opencode.json.
  notRendered = lib.attrNames config.aliases ++ [ "extraConfig" ];

  isEmptySet =
    value:
    if isOrdered value then
      value.entries == [ ]
    else
      lib.isAttrs value && !isLeaf value && value == { };

  # The rules that an operator wrote as lists, marked as ordered.
  withOrder =
    own:
    lib.updateManyAttrsByPath (map (path: {
      inherit path;
      update = ordered.fromLists;
    }) (config.rules.rootsIn own)) own;

  # Drops nulls and, from the inside out, attribute sets that are empty. A list keeps its empty sets: dropping one would
  # move what comes after it.
  clean =
    value:
    if isLeaf value then
      value
    else if isOrdered value then
      value
      // {
        entries = lib.filter (entry: !isEmptySet entry.value) (
          map (entry: entry // { value = clean entry.value; }) value.entries
        );
      }
    else if lib.isList value then
      map clean (lib.filter (element: element != null) value)
    else
      lib.filterAttrs (_key: inner: inner != null && !isEmptySet inner) (
        lib.mapAttrs (_key: clean) value
      );

  # A set has no place among the rules of a list, and in place of them it would lose them.
  refuseOver =
    path: above:
    lib.throwIf (!isLeaf above)
      "opencode.json: `${lib.showOption path}' is a list of rules, and `extraConfig.${lib.showOption path}' would replace them all. Add what it says to the list.";

  mergeDeeply = lib.recursiveUpdateUntil (
    path: below: above:
    if isOrdered below then
      refuseOver path above true
    else
      isLeaf below || isLeaf above || lib.isList below || lib.isList above
  );
in
{
  render =
    evaluatedConfig:
    let
      own = withOrder (lib.removeAttrs evaluatedConfig notRendered);
      # null where it is unset explicitly, absent where someone renders a part.
      extra = lib.defaultTo { } (evaluatedConfig.extraConfig or null);
    in
    clean (mergeDeeply own extra)
    // {
      "$schema" = "https://opencode.ai/config.json";
    };
}
