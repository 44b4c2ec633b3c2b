# The option tree as JSON Schema, so that it can be compared with the schema that the server publishes.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");

  # The declarations need no package.
  inherit
    (import ../../lib.nix {
      inherit lib;
      pkgs = { };
    })
    configType
    ;

  # `nullOr` says that an option can be unset, which JSON says by leaving the key out.
  withoutNull = type: if type.name == "nullOr" then type.nestedTypes.elemType else type;

  isRequired = option: option.type.name != "nullOr";

  optionsOf =
    type:
    lib.removeAttrs (type.getSubOptions [ ]) [
      "_module"
      "_freeformOptions"
    ];

  properties = lib.mapAttrs (_key: option: schemaOf option.type);

  closedObject = options: required: {
    type = "object";
    properties = properties options;
    additionalProperties = false;
    inherit required;
  };

  ofSubmodule =
    type:
    let
      options = optionsOf type;
      freeform = type.nestedTypes.freeformType or null;
    in
    closedObject options (lib.attrNames (lib.filterAttrs (_key: isRequired) options))
    // lib.optionalAttrs (freeform != null) {
      additionalProperties = schemaOf freeform.nestedTypes.elemType;
    };

  ofShape =
    options: shape:
    let
      fixed = shape.fixed or { };
      keys = shape.required ++ shape.optional ++ lib.attrNames fixed;
      object = closedObject (lib.getAttrs keys options) (
        lib.unique (shape.required ++ lib.attrNames fixed)
      );
    in
    object
    // {
      properties = object.properties // lib.mapAttrs (_key: value: ofEnum [ value ]) fixed;
    };

  ofEnum = values: {
    type = if lib.all lib.isBool values then "boolean" else "string";
    enum = values;
  };

  ofMap =
    type:
    let
      element = schemaOf type.nestedTypes.elemType;
    in
    {
      type = "object";
      properties = lib.genAttrs type.knownNames or [ ] (_name: element);
      additionalProperties = element;
      required = [ ];
    };

  byName = {
    attrsOf = ofMap;
    bool = _type: { type = "boolean"; };
    # lib's `number`
    either = _type: { type = "number"; };
    enum = type: ofEnum type.functor.payload.values;
    json = _type: { };
    listOf = type: {
      type = "array";
      items = schemaOf type.nestedTypes.elemType;
    };
    nullOr = type: schemaOf (withoutNull type);
    positiveInt = _type: {
      type = "integer";
      exclusiveMinimum = 0;
    };
    str = _type: { type = "string"; };
    submodule = ofSubmodule;
    tuple = type: {
      type = "array";
      prefixItems = map schemaOf type.elemTypes;
      minItems = lib.length type.elemTypes;
      maxItems = lib.length type.elemTypes;
    };
    union = type: { anyOf = map schemaOf type.variants; };
    unsignedInt = _type: {
      type = "integer";
      minimum = 0;
    };
  };

  schemaOf =
    type:
    if type ? schema then
      type.schema
    else if type ? shapes then
      { anyOf = map (ofShape (optionsOf type)) type.shapes; }
    else
      (byName.${type.name}
        or (throw "option-schema.nix: say what the option type `${type.name}' is in JSON Schema")
      )
        type;
in
schemaOf configType
