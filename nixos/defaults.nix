# How `services.opencode.defaults` reaches an instance.
#
# Only what the operator wrote is handed down, leaf by leaf, at a priority between an instance's
# `mkDefault` and an option's own default. An override on a whole section would drop the section
# that the instance writes; a whole value would make every default of ours look like the operator's.
{
  lib,
  # `options.services.opencode.defaults`
  declared,
  # `options.services.opencode.instances`
  instances,
}:
let
  types = import ./types.nix { inherit lib; };

  # Weaker than mkDefault (1000), stronger than what an option declaration says (1500).
  handDown = lib.mkOverride 1250;

  plainPriority = lib.modules.defaultOverridePriority;

  # `mkForce` in `defaults` is a lock: it keeps its priority, and so beats the instance.
  isLock = priority: priority < plainPriority;

  isWritten = option: option.highestPrio < (lib.mkOptionDefault null).priority;

  # A definition, out of mkMerge, mkIf, mkOrder and mkOverride: [ { priority, content } ].
  open =
    definition:
    let
      property = if lib.isAttrs definition then definition._type or null else null;
    in
    if property == "merge" then
      lib.concatMap open definition.contents
    else if property == "if" then
      lib.optionals definition.condition (open definition.content)
    else if property == "order" then
      open definition.content
    else if property == "override" then
      [ { inherit (definition) priority content; } ]
    else
      [
        {
          priority = plainPriority;
          content = definition;
        }
      ];

  isSection = value: lib.isAttrs value && !types.isLeaf value;

  # What each of the opened definitions of a set says of one name in it.
  definitionsOf =
    opened: name:
    lib.concatMap (part: lib.optional (part.content ? ${name}) part.content.${name}) opened;

  # The merged `value`, with a priority at each leaf that one of the `definitions` wrote.
  layer =
    definitions: value:
    let
      opened = lib.concatMap open definitions;
      priority = lib.foldl' (lowest: part: lib.min lowest part.priority) plainPriority opened;
      written = lib.intersectAttrs (lib.mergeAttrsList (map (part: part.content) opened)) value;
    in
    if isLock priority then
      lib.mkOverride priority value
    else if isSection value then
      lib.mapAttrs (name: layer (definitionsOf opened name)) written
    else
      handDown value;

  # A whole `config` may be a module: a function, a file, or an attribute set with `imports`. What it writes shows in
  # its options only.
  isModule =
    definition:
    !lib.isAttrs definition || lib.isFunction definition || definition ? imports || definition ? config;

  optionsOf =
    option:
    let
      inherit (option.type.functor.payload) modules specialArgs;
      asModule =
        { file, value }:
        { _file = file; } // (if isModule value then { imports = [ value ]; } else { config = value; });
    in
    removeAttrs
      (lib.evalModules {
        inherit specialArgs;
        prefix = option.loc;
        modules = modules ++ map asModule option.definitionsWithLocations;
      }).options
      ([ "_module" ] ++ types.aliases);

  layerOption =
    option:
    if isLock option.highestPrio then
      lib.mkOverride option.highestPrio option.value
    else if option.type ? functor.payload.modules && lib.any isModule option.definitions then
      layerOptions (optionsOf option)
    else
      layer option.definitions option.value;

  layerOptions = lib.concatMapAttrs (
    name: node:
    if !lib.isOption node then
      { ${name} = layerOptions node; }
    else if isWritten node then
      { ${name} = layerOption node; }
    else
      { }
  );

  handedDown = layerOptions (
    removeAttrs declared [
      "path"
      "sandbox"
    ]
  );

  # Of the definitions of one place, opened, those that the module system keeps.
  strongest =
    definitions:
    let
      opened = lib.concatMap open definitions;
      priority = lib.foldl' lib.min (lib.head opened).priority (map (part: part.priority) opened);
    in
    lib.filter (part: part.priority == priority) opened;

  # A leaf of what is handed down.
  isOverride = node: node._type or null == "override";

  # The locks in what is handed down, without the rest.
  locksOf =
    node:
    if isOverride node then
      lib.optionalAttrs (isLock node.priority) node
    else
      lib.filterAttrs (_: inner: inner != { }) (lib.mapAttrs (_: locksOf) node);

  # What is handed down, `node`, beside the instance's own definitions of the same place. Only the strongest definitions
  # of a set count, so ours goes by the instance's: a whole set as `mkDefault { ... }` would be dropped for ours
  # otherwise, and one as `mkForce { ... }`, which is to replace ours, would open locks.
  beside =
    definitions: node:
    let
      opened = strongest definitions;
      inherit (lib.head opened) priority;
      inner = lib.mapAttrs (name: beside (definitionsOf opened name)) node;
    in
    if isOverride node || opened == [ ] then
      node
    else if priority == plainPriority then
      inner
    else
      lib.mkOverride priority (if isLock priority then locksOf inner else inner);

  # The options whose values are added to the instance's own instead of giving way to them.
  inherit (declared) path sandbox;

  # The instance's own come first, since the first on a PATH wins.
  added =
    default: instance: own:
    if isLock default.highestPrio then
      default.value
    else if isLock instance.highestPrio then
      own
    else
      own ++ default.value;

  # The declaration of an additive option, given that of `defaults` and that of the instance.
  additive =
    default: instance: declaration:
    if isWritten default then declaration // { apply = added default instance; } else declaration;
in
{
  # The module that carries the defaults into each instance. Its name tells the types of `config`, and the operator who
  # reads an error, where a definition came from.
  module =
    { name, ... }:
    let
      own = strongest (
        lib.concatMap (set: lib.optional (set ? ${name}) set.${name}) instances.definitions
      );
    in
    {
      _file = types.defaultsFile;
      config = lib.mapAttrs (
        option: node:
        if lib.isOption declared.${option} then beside (definitionsOf own option) node else node
      ) handedDown;
    };

  # The option declarations of an instance, with the additive ones of them made so.
  addUp =
    instance: declarations:
    declarations
    // {
      path = additive path instance.path declarations.path;
      sandbox = lib.mapAttrsRecursiveCond (node: !lib.isOption node) (
        trail: additive (lib.getAttrFromPath trail sandbox) (lib.getAttrFromPath trail instance.sandbox)
      ) declarations.sandbox;
    };
}
