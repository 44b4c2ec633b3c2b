# A JSON schema as nodes of few kinds, with references followed, which options.nix and demands.nix walk:
#
#   { kind = "any"; }
#   { kind = "string" | "integer" | "number" | "boolean"; <bounds> }
#   { kind = "enum"; values; }
#   { kind = "list"; items; <bounds> }
#   { kind = "tuple"; places; }
#   { kind = "map"; element; }                           any names, one type
#   { kind = "object"; keys; rest; required; shapes; }   `rest` is null where no other key is taken
#   { kind = "union"; variants; }                        of the other kinds, at most one of them an object or a map
#
# Each has a `description`, null where the schema says nothing. Objects that are alternatives to each other are one object
# with the keys of all, and `shapes` says which of them go together: [ { required; keys; fixed; isOpen; } ].
{ lib }:
definitions:
let
  follow =
    schema:
    if schema ? "$ref" then
      follow definitions.${lib.last (lib.splitString "/" schema."$ref")}
    else
      schema;

  # null is what every option reads as that is unset.
  alternatives =
    reference:
    let
      schema = follow reference;
    in
    if schema ? anyOf || schema ? oneOf then
      lib.concatMap alternatives (schema.anyOf or schema.oneOf)
    else if lib.isList schema.type or null then
      lib.concatMap (type: alternatives (schema // { inherit type; })) schema.type
    else
      lib.optional (schema.type or null != "null") schema;

  # JavaScript's largest integers are no bound that anybody chose.
  isChosen = _: bound: !lib.elem bound [ 9007199254740991 (-9007199254740991) ];
  bounds =
    schema:
    lib.filterAttrs isChosen (
      lib.getAttrs (lib.intersectLists (lib.attrNames schema) [
        "exclusiveMaximum"
        "exclusiveMinimum"
        "maxItems"
        "maximum"
        "minItems"
        "minimum"
        "pattern"
      ]) schema
    );

  valuesOf = schema: schema.enum or [ schema.const ];
  isEnum = schema: schema ? enum || schema ? const;

  # A plain string takes every string that an enumeration beside it names.
  enumOf =
    plainKinds: schemas:
    let
      told = lib.filter (schema: !lib.elem (schema.type or "string") plainKinds) schemas;
    in
    lib.optional (told != [ ]) {
      kind = "enum";
      values = lib.unique (lib.concatMap valuesOf told);
    };

  restOf =
    schema:
    let
      rest = schema.additionalProperties or true;
    in
    if rest == false then
      null
    else if rest == true then
      { }
    else
      rest;

  objectOf =
    schema:
    let
      properties = schema.properties or { };
      rest = restOf schema;
    in
    # Where names are told that are of the same type as all others, they matter to readers only.
    if rest != null && lib.all (property: property == rest) (lib.attrValues properties) then
      {
        kind = "map";
        element = read rest;
      }
    else
      {
        kind = "object";
        keys = lib.mapAttrs (_: read) properties;
        rest = lib.mapNullable read rest;
        required = schema.required or [ ];
        shapes = [ ];
      };

  shapeOf =
    schema:
    let
      fixed = lib.filterAttrs (_: property: isEnum property && lib.length (valuesOf property) == 1) (
        lib.mapAttrs (_: follow) schema.properties
      );
      telling = lib.subtractLists (lib.attrNames fixed) schema.required or [ ];
    in
    {
      # A key that can hold one value only says nothing, unless it is all there is.
      required = if telling == [ ] then schema.required or [ ] else telling;
      keys = lib.attrNames schema.properties;
      fixed = lib.mapAttrs (_: property: lib.head (valuesOf property)) fixed;
      isOpen = restOf schema != null;
    };

  # Several objects as one.
  objectsOf =
    schemas:
    if lib.length schemas < 2 then
      map objectOf schemas
    else
      lib.singleton {
        kind = "object";
        keys = lib.zipAttrsWith (_: properties: read { anyOf = properties; }) (
          map (schema: schema.properties) schemas
        );
        rest = if lib.any (schema: restOf schema != null) schemas then read { } else null;
        required = [ ];
        shapes = map shapeOf schemas;
      };

  listOf =
    schema:
    if schema ? prefixItems then
      {
        kind = "tuple";
        places = map read schema.prefixItems;
      }
    else
      {
        kind = "list";
        items = read schema.items or { };
      }
      // bounds schema;

  plainOf = schema: { kind = schema.type; } // bounds schema;

  unionOf =
    schemas:
    let
      # Schemas without a type take anything, unless they list what they take.
      kindOf =
        schema:
        if isEnum schema then
          "enum"
        else
          schema.type or "any";
      byKind = lib.groupBy kindOf schemas;
      plain = lib.concatMap (kind: byKind.${kind} or [ ]) [
        "boolean"
        "integer"
        "number"
        "string"
      ];
      unknown = lib.subtractLists [
        "array"
        "boolean"
        "enum"
        "integer"
        "number"
        "object"
        "string"
      ] (lib.attrNames byKind);
      plainKinds = map (schema: schema.type) (lib.filter (schema: bounds schema == { }) plain);
      variants =
        lib.unique (map plainOf plain)
        ++ enumOf plainKinds byKind.enum or [ ]
        ++ map listOf (lib.unique byKind.array or [ ])
        ++ objectsOf (lib.unique byKind.object or [ ]);
    in
    if byKind ? any || schemas == [ ] then
      { kind = "any"; }
    else if unknown != [ ] then
      throw "nixos/schema/read.nix does not know the type \"${lib.head unknown}\" of this JSON schema: ${builtins.toJSON schemas}"
    else if lib.length variants == 1 then
      lib.head variants
    else
      {
        kind = "union";
        inherit variants;
      };

  read =
    schema:
    unionOf (alternatives schema)
    // {
      description = schema.description or (follow schema).description or null;
    };
in
read
