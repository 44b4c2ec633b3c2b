# Values that a schema takes and values that it refuses, for each of its keys, given as read.nix reads it.
{ lib }:
let
  # One that the pattern of a string takes.
  matching =
    pattern:
    lib.filter (value: builtins.match "(${lib.removeSuffix "$" (lib.removePrefix "^" pattern)}).*" value != null) [
      "#00ff7F"
      "sample"
    ];

  # What an object must have beside a key, so that it is whole: a list of sets.
  besides =
    node: key:
    let
      whole =
        required: fixed:
        lib.genAttrs (lib.subtractLists (lib.attrNames fixed) required) (
          name: lib.head (good node.keys.${name})
        )
        // fixed;
    in
    if node.shapes == [ ] then
      [ (whole node.required { }) ]
    else
      map (shape: whole shape.required shape.fixed) (
        lib.filter (shape: lib.elem key shape.keys) node.shapes
      );

  # Objects that have one of these values of a key, and what else they must have.
  objects =
    valuesOf: node:
    lib.concatLists (
      lib.mapAttrsToList (
        key: inner:
        lib.concatMap (
          base: map (value: base // { ${key} = value; }) (valuesOf inner)
        ) (besides node key)
      ) (lib.filterAttrs (key: _: !lib.any (shape: shape.fixed ? ${key}) node.shapes) node.keys)
    );

  entries = valuesOf: node: map (value: { sample = value; }) (valuesOf node);

  good =
    node:
    {
      any = [
        { a = 1; }
        "sample"
      ];
      boolean = [
        true
        false
      ];
      enum = node.values;
      integer = [ (node.minimum or ((node.exclusiveMinimum or 0) + 1)) ];
      list = [ [ ] ] ++ map lib.singleton (good node.items);
      map = entries good node.element;
      number = [
        7
        0.5
      ];
      object =
        objects good node
        ++ lib.optionals (node.rest != null) (
          lib.concatMap (base: map (entry: base // entry) (entries good node.rest)) (
            if node.shapes == [ ] then besides node "" else [ ]
          )
        );
      string = if node ? pattern then matching node.pattern else [ "sample" ];
      tuple = [ (map (place: lib.head (good place)) node.places) ];
      union = lib.concatMap good node.variants;
    }
    .${node.kind};

  # Of each kind of value, what no type that is not for that kind takes.
  strange =
    kinds:
    lib.concatLists (
      lib.mapAttrsToList (value: takers: lib.optional (lib.intersectLists takers kinds == [ ]) values.${value}) {
        boolean = [
          "boolean"
          "enum"
        ];
        fraction = [ "number" ];
        list = [
          "list"
          "tuple"
        ];
        set = [
          "map"
          "object"
        ];
        text = [ "string" ];
        whole = [
          "integer"
          "number"
        ];
      }
    );
  values = {
    boolean = true;
    fraction = 1.5;
    list = [ { } ];
    set.sample = { };
    text = "no such value";
    whole = 3;
  };

  # Those within an object, a map or a list, of which there is one kind only in a union.
  badWithin =
    node:
    {
      list = map lib.singleton (bad node.items);
      map = entries bad node.element;
      object =
        objects bad node
        ++ lib.optionals (node.rest != null) (entries bad node.rest)
        ++ lib.optional (node.rest == null) { noSuchKey = 1; };
      tuple = [ [ ] ];
      integer = lib.optional (node ? minimum) (node.minimum - 1) ++ lib.optional (node ? exclusiveMinimum) node.exclusiveMinimum;
      union = lib.concatMap badWithin node.variants;
    }
    .${node.kind} or [ ];

  kindsOf = node: if node.kind == "union" then map (variant: variant.kind) node.variants else [ node.kind ];

  bad =
    node:
    if lib.elem "any" (kindsOf node) then [ ] else strange (kindsOf node) ++ badWithin node;
in
{
  inherit good bad;
}
