# Where `defaults` give way to an instance as a whole, since the module system would refuse the two together, or drop the
# wrong one. It is decided by what the instance writes, before the two are merged.
{
  lib,
  # ../config
  config,
  definitions,
  # `options.services.opencode.defaults`
  declared,
}:
let
  inherit (definitions) isSection named strongest;

  plain = lib.modules.defaultOverridePriority;

  isOverride = lib.isType "override";

  keysOf = sets: lib.attrNames (lib.mergeAttrsList sets);

  # What is handed down, `node`, beside what the instance keeps of its own definitions of the same place; null where
  # nothing is.
  beside =
    place: own: node:
    if isOverride node || own.contents == [ ] then
      node
    # null, a string or a list takes the place of a set, and so does a set of another shape, or one at mkForce.
    else if
      own.priority < plain
      || !lib.all isSection own.contents
      || lib.head place == "config" && config.shapesDiffer (lib.tail place) (keysOf own.contents) (
        lib.attrNames node
      )
    then
      null
    else
      let
        inner = lib.filterAttrs (_: below: below != null) (
          lib.mapAttrs (name: beside (place ++ [ name ]) (strongest (named name own.contents))) node
        );
      in
      # Only the strongest definitions of a set count: ours would drop a set that is a mkDefault.
      if own.priority == plain then inner else lib.mkOverride own.priority inner;
in
# `own` is what the instance writes: a list of sets. Which options are defined does not depend on it, since it depends on
# the instance's name, which the module system knows only when it knows that.
handedDown: own:
lib.mapAttrs (
  name: node:
  let
    written = named name own;
    kept = if name == "config" then definitions.strongestConfig written else strongest written;
    left = beside [ name ] kept node;
  in
  # The module system itself looks into a set of options, such as `listen`.
  if lib.isOption declared.${name} then lib.mkIf (left != null) left else node
) handedDown
