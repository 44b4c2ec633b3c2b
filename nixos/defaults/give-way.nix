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

  isLock = node: isOverride node && node.priority < plain;

  # What a node hands down, as it was written.
  valueOf = node: if isOverride node then node.content else lib.mapAttrs (_: valueOf) node;

  # Rules whose order counts, as a list or as a set.
  isRules =
    place: value:
    lib.head place == "config"
    && config.rules.isOrdered (lib.tail place)
    && (lib.isList value || isSection value);

  # Do rules of `defaults` meet rules of the instance, one of them as a list? Lists add up, and the type of the option
  # refuses a list beside a set, so neither gives way.
  addUp =
    place: own: node:
    !isLock node
    && own.priority >= plain
    && lib.all (isRules place) ([ (valueOf node) ] ++ own.contents)
    && lib.any lib.isList ([ (valueOf node) ] ++ own.contents);

  # Before all rules of the instance.
  asFirst = priority: node: lib.mkOverride priority (lib.mkOrder 0 (valueOf node));

  keysOf = sets: lib.attrNames (lib.mergeAttrsList sets);

  # A function that is an instance is not looked into: it may have rules that a list of `defaults` is added to.
  besideUnknown =
    place: node:
    if !isOverride node then
      lib.mapAttrs (name: besideUnknown (place ++ [ name ])) node
    else if !isLock node && lib.isList node.content && isRules place node.content then
      asFirst plain node
    else
      node;

  # What is handed down, `node`, beside what the instance keeps of its own definitions of the same place; null where
  # nothing is.
  beside =
    place: own: node:
    if own.contents == [ ] then
      if own.isUnknown then besideUnknown place node else node
    else if addUp place own node then
      asFirst own.priority node
    else if isOverride node then
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
          lib.mapAttrs (name: beside (place ++ [ name ]) (
            strongest (named name own.contents) // { inherit (own) isUnknown; }
          )) node
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
    isUnknown = !lib.all isSection own;
    left = beside [ name ] (kept // { inherit isUnknown; }) node;
  in
  # The module system itself looks into a set of options, such as `listen`.
  if lib.isOption declared.${name} then lib.mkIf (left != null) left else node
) handedDown
