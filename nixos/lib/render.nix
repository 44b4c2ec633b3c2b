# Turns an evaluated option set into the attribute set that opencode.json holds.
{ lib, config }:
let
  inherit (config) isLeaf;

  # Options of ours that are no keys of opencode.json.
  notRendered = lib.attrNames config.aliases ++ [ "extraConfig" ];

  isEmptySet = value: lib.isAttrs value && !isLeaf value && value == { };

  # Drops nulls and, from the inside out, attribute sets that are empty. A list keeps its empty sets: dropping one would
  # move what comes after it.
  clean =
    value:
    if isLeaf value then
      value
    else if lib.isList value then
      map clean (lib.filter (element: element != null) value)
    else
      lib.filterAttrs (_key: inner: inner != null && !isEmptySet inner) (
        lib.mapAttrs (_key: clean) value
      );

  mergeDeeply = lib.recursiveUpdateUntil (
    _path: below: above:
    isLeaf below || isLeaf above || lib.isList below || lib.isList above
  );
in
{
  render =
    evaluatedConfig:
    let
      own = lib.removeAttrs evaluatedConfig notRendered;
      # null where it is unset explicitly, absent where someone renders a part.
      extra = lib.defaultTo { } (evaluatedConfig.extraConfig or null);
    in
    clean (mergeDeeply own extra)
    // {
      "$schema" = "https://opencode.ai/config.json";
    };
}
