# The shapes that an object can have, such as an MCP server that is either started here or reached by URL, as read.nix
# reads them.
{
  lib,
  # { "mcp.<name>" = { url = "a remote server"; }; }: what to call a shape, by a key that only it requires
  shapeNames,
}:
let
  isSet = value: key: value.${key} or null != null;
  setKeys = value: lib.filter (isSet value) (lib.attrNames value);

  nameOf =
    path: shape:
    let
      names = shapeNames.${lib.concatStringsSep "." path} or { };
      known = lib.findFirst (key: names ? ${key}) null shape.required;
    in
    if known == null then "one" else names.${known};

  # The shapes of the object at a path: [ { name; required; optional; fixed; exclusive; ... } ]. The keys in `exclusive`
  # are those that give a shape away.
  shapesAt =
    path: node:
    map (
      shape:
      shape
      // {
        name = nameOf path shape;
        optional = lib.subtractLists (shape.required ++ lib.attrNames shape.fixed) shape.keys;
        exclusive = lib.filter (
          key: lib.all (other: other == shape || !lib.elem key other.keys) node.shapes
        ) shape.keys;
      }
    ) node.shapes;

  # Those that an object with these keys can only have.
  givenAwayBy = keys: lib.filter (shape: lib.intersectLists keys shape.exclusive != [ ]);

  # The node of what is in a value of a node under a name; null where the schema knows none.
  childOf =
    node: name:
    if node == null then
      null
    else if node.kind == "object" then
      node.keys.${name} or node.rest
    else if node.kind == "map" then
      node.element
    else
      null;

  # Of a union, the variant that is an object.
  asObject =
    node:
    if node != null && node.kind == "union" then
      lib.findFirst (variant: lib.elem variant.kind [ "map" "object" ]) null node.variants
    else
      node;
  # The shapes of the object at a place below the node.
  shapesIn =
    root: place:
    let
      node = lib.foldl' (node: name: asObject (childOf node name)) root place;
    in
    shapesAt place { shapes = node.shapes or [ ]; };
in
{
  inherit isSet setKeys shapesAt;

  describe =
    shape:
    let
      key = name: "`${name}'";
    in
    "${shape.name} (${
      lib.concatStringsSep ", " (
        map (name: "${key name} required") (lib.subtractLists (lib.attrNames shape.fixed) shape.required)
        ++ map key shape.optional
        ++ lib.mapAttrsToList (name: value: "${key name} only ever ${builtins.toJSON value}") shape.fixed
      )
    })";

  fits =
    value: shape:
    lib.all (isSet value) shape.required
    && (shape.isOpen || lib.all (key: lib.elem key shape.keys) (setKeys value))
    && lib.all (key: !isSet value key || value.${key} == shape.fixed.${key}) (
      lib.attrNames shape.fixed
    );

  inherit shapesIn;

  # Are these keys and those of different shapes, in the object at a place below the node?
  differIn =
    root: place: these: those:
    let
      shapes = shapesIn root place;
      mine = givenAwayBy these shapes;
      yours = givenAwayBy those shapes;
    in
    mine != [ ] && yours != [ ] && lib.intersectLists mine yours == [ ];
}
