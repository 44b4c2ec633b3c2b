# A submodule that evaluates only those of its options that have a definition.
#
# The module system evaluates every option of a submodule for every value, at some sixty thunks each. opencode.json has
# forty options at its top alone, of which an instance sets a few. So options that nobody mentions are taken from an
# evaluation without definitions, which is made once for all values, and only the others are evaluated with them.
{ lib }:
{
  description,
  options,
  # The type of keys that have no option; null to refuse them.
  rest ? null,
  # A module that ties options together, and the names of those: they are evaluated together or not at all.
  linked ? {
    names = [ ];
    module = { };
  },
  # Whether a value may also be a module: a function, a file, or an attribute set with `imports`.
  takesModules ? false,
  specialArgs ? { },
}:
let
  withOptions = declared: {
    options = declared;
    config._module = lib.optionalAttrs (rest != null) { freeformType = lib.types.attrsOf rest; };
  };

  modules = [
    (withOptions options)
    linked.module
  ];

  # As lib has it, for what the sparse way is not made for.
  whole = lib.types.submoduleWith {
    inherit description modules specialArgs;
    shorthandOnlyDefinesConfig = !takesModules;
  };

  # All options as they read when nobody sets them.
  untouched = (lib.evalModules { inherit modules specialArgs; }).config;

  # Options without a value of their own complain when they are read, and should do so by their full name.
  required = lib.filterAttrs (_name: option: !(option.type.emptyValue ? value)) options;

  isModule =
    value:
    !lib.isAttrs value
    || value ? _type
    || takesModules && (value ? imports || value ? config || value ? options);

  linkedNames = lib.genAttrs linked.names (_name: null);

  mergeSparsely =
    loc: definitions:
    let
      mentioned = lib.mergeAttrsList (map (definition: definition.value) definitions);
      touchesLinked = builtins.intersectAttrs linkedNames mentioned != { };
      declared = builtins.intersectAttrs (
        required // mentioned // lib.optionalAttrs touchesLinked linkedNames
      ) options;
      unknown = lib.removeAttrs mentioned (lib.attrNames declared ++ linked.names);
    in
    # The suggestions for a misspelt name are made from all of them.
    if unknown != { } && rest == null then
      whole.merge loc definitions
    else
      untouched
      // (lib.evalModules {
        inherit specialArgs;
        prefix = loc;
        modules = [
          (withOptions declared)
        ]
        ++ lib.optional touchesLinked linked.module
        ++ map (definition: {
          _file = definition.file;
          config = definition.value;
        }) definitions;
      }).config;
in
whole
// {
  check =
    if takesModules then
      whole.check
    else
      {
        __functor = _self: lib.isAttrs;
        isV2MergeCoherent = true;
      };

  merge =
    loc: definitions:
    if lib.any (definition: isModule definition.value) definitions then
      whole.merge loc definitions
    else
      mergeSparsely loc definitions;

  descriptionClass = "noun";

  emptyValue.value = untouched;

  # Nobody can add modules to it. Otherwise lib would rebuild the type, and so evaluate `untouched` anew, for each
  # option of this type in each evaluation.
  getSubModules = null;
  substSubModules = _modules: null;
}
