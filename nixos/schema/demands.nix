# What a schema demands of a value that is whole, and that options cannot say: keys that must be set, and keys that go
# together. (A part of an object may be in one place and the rest in another, so it is asked when all is merged.)
#
# `demandsOf path node` is null where nothing is demanded, or else a function from the place of a value and the value to
# what is wrong: [ "The option ... " ]. Options that are unset cost nothing.
{
  lib,
  # shapes.nix
  shapes,
}:
let
  inherit (lib.options) showOption;
  inherit (shapes)
    describe
    fits
    isSet
    setKeys
    ;

  # Of the keys in `demands`, those that are set, each asked.
  below =
    demands: loc: value:
    lib.concatLists (
      lib.mapAttrsToList (
        key: demand: lib.optionals (isSet value key) (demand (loc ++ [ key ]) value.${key})
      ) demands
    );

  ofObject =
    path: node:
    let
      known = lib.filterAttrs (_: demand: demand != null) (
        lib.mapAttrs (key: demandsOf (path ++ [ key ])) node.keys
      );
      ofRest = if node.rest == null then null else demandsOf (path ++ [ "<name>" ]) node.rest;
      shapesHere = shapes.shapesAt path node;
    in
    if known == { } && ofRest == null && node.required == [ ] && shapesHere == [ ] then
      null
    else
      loc: value:
      map (
        key:
        "The option `${showOption (loc ++ [ key ])}' is used but not defined: `${showOption loc}' must have it."
      ) (lib.filter (key: !isSet value key) node.required)
      ++
        lib.optional (shapesHere != [ ] && !lib.any (fits value) shapesHere)
          "The option `${showOption loc}' has none of the shapes it can have: ${
            lib.concatMapStringsSep "; or " describe shapesHere
          }. It has ${lib.concatMapStringsSep ", " (key: "`${key}'") (setKeys value)}."
      ++ below known loc value
      ++ lib.optionals (ofRest != null) (
        below (lib.mapAttrs (_: _: ofRest) (removeAttrs value (lib.attrNames node.keys))) loc value
      );

  ofElements =
    path: node: eachOf:
    let
      demand = demandsOf path node;
    in
    if demand == null then
      null
    else
      loc: value: lib.concatLists (eachOf (name: demand (loc ++ [ name ])) value);

  # At most one variant is an object, and lists have no alternative among lists that demands anything.
  ofUnion =
    path: node:
    let
      ofKinds =
        kinds:
        lib.findFirst (demand: demand != null) null (
          map (demandsOf path) (lib.filter (variant: lib.elem variant.kind kinds) node.variants)
        );
      ofAttrs = ofKinds [
        "map"
        "object"
      ];
      ofLists = ofKinds [ "list" ];
      demandFor =
        value:
        if lib.isAttrs value then
          ofAttrs
        else if lib.isList value then
          ofLists
        else
          null;
    in
    if ofAttrs == null && ofLists == null then
      null
    else
      loc: value: lib.optionals (demandFor value != null) (demandFor value loc value);

  demandsOf =
    path: node:
    {
      list = ofElements (path ++ [ "*" ]) node.items or null (
        ask: lib.imap0 (index: ask "[${toString index}]")
      );
      map = ofElements (path ++ [ "<name>" ]) node.element or null (
        ask: lib.mapAttrsToList (name: value: lib.optionals (value != null) (ask name value))
      );
      object = ofObject path node;
      union = ofUnion path node;
    }
    .${node.kind} or null;
in
demandsOf
