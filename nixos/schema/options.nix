# Options for what a JSON schema describes, as read.nix reads it.
#
# None has a value until someone gives it one, so that only what was set is rendered: all are null, also those that the
# schema requires (demands.nix asks for those) and whole objects (whose options then cost nothing to evaluate).
{
  lib,
  jsonTypes,
  # { "mcp.<name>.url" = { description; example; ... }; }, by path of the option
  descriptions,
  # { mode = "agent"; }: paths below which the descriptions are those of another path
  sameWords,
  # { "mcp.<name>" = [ module ]; }: what else there is to an object
  modulesAt,
  # Does the order of entries count in the object at a path?
  isOrdered,
}:
let
  inherit (lib) types;

  noOtherNames = import ../no-other-names.nix {
    inherit lib;
    hintFor =
      name:
      if name == "$schema" then
        "It is written into every opencode.json: leave it out."
      else
        "A key of opencode.json that is newer than these options goes to `extraConfig'.";
  };

  # A path is a list of names, with "<name>" for any name of a map and "*" for the elements of a list.
  show = lib.concatStringsSep ".";
  descriptionPath =
    path: if sameWords ? ${show path} then lib.splitString "." sameWords.${show path} else path;

  bounded =
    node: type:
    let
      holds = value: {
        exclusiveMaximum = bound: value < bound;
        exclusiveMinimum = bound: value > bound;
        maxItems = bound: lib.length value <= bound;
        maximum = bound: value <= bound;
        minItems = bound: lib.length value >= bound;
        minimum = bound: value >= bound;
      };
      bounds = builtins.intersectAttrs (holds null) node;
      sentence = lib.concatStringsSep ", " (lib.mapAttrsToList (name: bound: "${name} ${builtins.toJSON bound}") bounds);
    in
    if bounds == { } then
      type
    else
      types.addCheck type (
        value: lib.all (name: (holds value).${name} bounds.${name}) (lib.attrNames bounds)
      )
      // {
        description = "${type.description} (${sentence})";
      };

  integer =
    node:
    let
      bounds = removeAttrs node [
        "description"
        "kind"
      ];
    in
    if bounds == { exclusiveMinimum = 0; } then
      types.ints.positive
    else if bounds == { minimum = 0; } then
      types.ints.unsigned
    else if lib.attrNames bounds == [ "maximum" "minimum" ] then
      types.ints.between bounds.minimum bounds.maximum
    else
      bounded node types.int;

  # JSON schemas look for a pattern anywhere in a string.
  pattern =
    expression:
    lib.concatStrings [
      (lib.optionalString (!lib.hasPrefix "^" expression) ".*")
      "(${lib.removeSuffix "$" (lib.removePrefix "^" expression)})"
      (lib.optionalString (!lib.hasSuffix "$" expression) ".*")
    ];

  object =
    path: node:
    types.submoduleWith {
      description = if node.rest == null then "object" else "object that takes other keys, too";
      # The keys of an agent may be called `options` and `config`.
      shorthandOnlyDefinesConfig = true;
      modules = objectModules path node;
    };

  objectModules =
    path: node:
    let
      options = lib.mapAttrs (optionAt path (node.required or [ ])) node.keys;
    in
    [
      {
        inherit options;
        config._module.freeformType =
          if node.rest == null then
            noOtherNames { inherit options; }
          else
            types.attrsOf (types.nullOr (typeAt (path ++ [ "<name>" ]) node.rest));
      }
    ]
    ++ modulesAt.${show path} or [ ];

  # An object in which the order of entries counts takes a list of them as well.
  typeAt =
    path: node:
    let
      type = plainTypeAt path node;
    in
    if lib.elem node.kind [ "map" "object" ] && isOrdered path then
      jsonTypes.union [
        type
        (jsonTypes.entries type)
      ]
    else
      type;

  plainTypeAt =
    path: node:
    {
      any = jsonTypes.json;
      boolean = types.bool;
      enum = types.enum node.values;
      integer = integer node;
      list = bounded node (types.listOf (typeAt (path ++ [ "*" ]) node.items));
      map =
        if node.element.kind == "any" then
          jsonTypes.jsonObject
        else
          types.attrsOf (types.nullOr (typeAt (path ++ [ "<name>" ]) node.element));
      number = bounded node types.number;
      object = object path node;
      string = if node ? pattern then types.strMatching (pattern node.pattern) else types.str;
      tuple = jsonTypes.tuple (map (typeAt (path ++ [ "*" ])) node.places);
      union = jsonTypes.union (map (typeAt path) node.variants);
    }
    .${node.kind};

  optionAt =
    parent: required: key: node:
    let
      path = parent ++ [ key ];
      told = descriptions.${show path} or { };
    in
    lib.mkOption (
      {
        type = types.nullOr (typeAt (descriptionPath path) node);
        default = null;
        # For a release whose descriptions are not written yet.
        description =
          if node.description != null then
            node.description
          else
            "The key `${key}` of opencode.json, as the server's schema has it.";
      }
      // lib.optionalAttrs (lib.elem key required) {
        defaultText = lib.literalMD "none, it must be set";
      }
      // removeAttrs told [ "exampleText" ]
      // lib.optionalAttrs (told ? exampleText) {
        example = lib.literalExpression told.exampleText;
      }
    );
in
# The modules of the object that a whole schema describes.
objectModules [ ]
