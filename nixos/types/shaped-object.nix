# A closed object that comes in several shapes, such as an MCP server that is either started here or reached by URL.
{
  lib,
  agreeing,
  defaultsFile,
  leaders,
  object,
}:
{
  options,
  shapes,
}:
let
  inherit (lib.options) showDefs showOption;

  keysOf = shape: shape.required ++ shape.optional ++ lib.attrNames (shape.fixed or { });

  # The keys that give a shape away.
  exclusiveKeysOf =
    shape:
    lib.filter (
      key: lib.all (other: other.name == shape.name || !(lib.elem key (keysOf other))) shapes
    ) (keysOf shape);

  marked = map (shape: shape // { exclusiveKeys = exclusiveKeysOf shape; }) shapes;

  shapesOf =
    definition: lib.filter (shape: lib.any (key: definition.value ? ${key}) shape.exclusiveKeys) marked;

  namesOf = definition: map (shape: shape.name) (shapesOf definition);

  # Without what `defaults` say of another shape than the instance's.
  ofLeadingShape =
    loc: definitions:
    let
      leading = lib.concatMap namesOf (leaders definitions);
    in
    if leading == [ ] then
      definitions
    else
      agreeing loc (
        definition: namesOf definition == [ ] || lib.any (name: lib.elem name leading) (namesOf definition)
      ) definitions;

  # Unset options read as null, unset maps as empty.
  isSet =
    value: key:
    !lib.elem (value.${key} or null) [
      null
      { }
    ];

  fits =
    value: shape:
    lib.all (isSet value) shape.required
    && lib.all (key: lib.elem key (keysOf shape)) (lib.filter (isSet value) (lib.attrNames value))
    && lib.all (key: !(isSet value key) || value.${key} == shape.fixed.${key}) (
      lib.attrNames (shape.fixed or { })
    );

  # What `defaults` say of an object may be a part of it; it is judged where it meets the instance's.
  inDefaults = loc: showOption (lib.take 3 loc) == defaultsFile;

  describe =
    shape:
    "${shape.name} (${
      lib.concatStringsSep ", " (
        map (key: "`${key}' required") shape.required
        ++ map (key: "`${key}'") shape.optional
        ++ lib.mapAttrsToList (key: value: "`${key}' only ever ${builtins.toJSON value}") (
          shape.fixed or { }
        )
      )
    })";

  base = object options;
in
base
// {
  inherit shapes;
  merge =
    loc: definitions:
    let
      value = base.merge loc (ofLeadingShape loc definitions);
      shape = lib.findFirst (fits value) null shapes;
    in
    if shape != null then
      value // shape.fixed or { }
    else if inDefaults loc then
      value
    else
      throw "The option `${showOption loc}' has none of the shapes it can have: ${
        lib.concatMapStringsSep "; or " describe shapes
      }. Definition values:${showDefs definitions}";
}
