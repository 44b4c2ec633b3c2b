# Definitions as operators write them, taken out of mkMerge, mkIf, mkOverride and mkOrder.
{
  lib,
  # ../config
  config,
  specialArgs,
}:
let
  # Is an option set by more than its declaration?
  isWritten = option: option.highestPrio < (lib.mkOptionDefault null).priority;

  # A whole configuration may be a module: a function, a file, or an attribute set with `imports`.
  isModule =
    value:
    !lib.isAttrs value
    || lib.isFunction value
    || lib.any (key: value ? ${key}) [
      "config"
      "imports"
      "options"
    ];

  # What a module writes shows in its options only.
  writtenBy =
    module:
    lib.mapAttrs
      (_: option: lib.mkMerge (map (lib.mkOverride option.highestPrio) option.definitions))
      (lib.filterAttrs (_: isWritten) (
        removeAttrs
          (lib.evalModules {
            inherit specialArgs;
            modules = config.modules ++ [ module ];
          }).options
          ([ "_module" ] ++ lib.attrNames config.aliases)
      )
    );

  # What is set under another name of an option is set under the option's.
  withoutAliases =
    set:
    lib.foldl' (
      set: alias:
      if set ? ${alias} then
        let
          name = config.aliases.${alias};
        in
        removeAttrs set [ alias ]
        // {
          ${name} = lib.mkMerge ([ set.${alias} ] ++ lib.optional (set ? ${name}) set.${name});
        }
      else
        set
    ) set (lib.attrNames config.aliases);
in
rec {
  inherit isWritten;

  # Has a value names in it that merge one by one?
  isSection = value: lib.isAttrs value && !(value ? _type) && !config.isLeaf value;

  # Of the definitions of one place, those that the module system keeps, and their priority: { priority; contents; }.
  strongest =
    definitions:
    let
      kept = lib.mergeDefinitions [ ] lib.types.raw (
        map (value: {
          file = "";
          inherit value;
        }) definitions
      );
    in
    {
      priority = kept.defsFinal'.highestPrio;
      contents = map (definition: definition.value) kept.defsFinal;
    };

  # The same of definitions of a whole configuration, each as a set.
  strongestConfig =
    definitions:
    let
      kept = strongest definitions;
      asSet =
        value:
        if value == null then
          value
        else
          withoutAliases (if isModule value then writtenBy value else value);
    in
    kept // { contents = map asSet kept.contents; };

  # What each of the sets says of one name.
  named = name: lib.concatMap (set: lib.optional (set ? ${name}) set.${name});
}
