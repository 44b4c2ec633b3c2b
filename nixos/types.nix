# The option types that opencode.json needs and nixpkgs' lib does not have.
#
# Three things set them apart from lib's own:
#   - A value can be *layered*: what an operator wrote in `services.opencode.defaults` reaches an instance as
#     definitions whose file is `defaultsFile`. Where such a definition and the instance's own are of different kinds
#     (a rule as a string and a rule as an attribute set, null and a section), the instance's kind wins.
#   - They are *sparse*: what nobody sets costs nothing, which at a hundred instances is more than all units together.
#   - They can be *read back*: `nestedTypes`, `getSubOptions`, `shapes` and `schema` tell a walker what they accept.
{ lib }:
let
  inherit (lib) types;
  inherit (lib.options) showDefs showOption;

  # The definitions that decide of what kind a value is: the instance's own, or else all there are.
  leaders =
    definitions:
    let
      own = lib.filter (definition: definition.file != self.defaultsFile) definitions;
    in
    if own == [ ] then definitions else own;

  # Does a value lock something within it: does it hold a `mkForce`, or what is stronger?
  holdsLock =
    value:
    lib.isAttrs value
    && (
      if value._type or null == "override" then
        value.priority < lib.modules.defaultOverridePriority || holdsLock value.content
      else
        !self.isLeaf value && lib.any holdsLock (lib.attrValues value)
    );

  # The definitions that `agree` with the instance's kind. What `defaults` say of another kind is dropped, unless that
  # would open a lock without a word.
  agreeing =
    loc: agrees: definitions:
    let
      sides = lib.partition agrees definitions;
      locks = lib.filter (definition: holdsLock definition.value) sides.wrong;
    in
    if locks == [ ] then
      sides.right
    else
      throw "The option `${showOption loc}' is given a value of another kind than in `services.opencode.defaults', which lock a part of it with lib.mkForce. Give it a value of the same kind, or remove the lock:${
        showDefs (leaders definitions ++ locks)
      }";

  self = {
    # The `_file` of the module that hands `services.opencode.defaults` to an instance.
    defaultsFile = "services.opencode.defaults";

    # Options that are another name of an option: what they are set to shows up there.
    aliases = [ "providers" ];

    # A submodule that can be shared and is cheap. The objects below are made of it.
    submodule = import ./types/sparse-submodule.nix { inherit lib; };

    # Is this a value that JSON renders as a whole: a scalar, a path, a derivation, anything that becomes a string?
    isLeaf = value: !(lib.isList value || lib.isAttrs value) || value ? outPath || value ? __toString;

    # null, or a value of the type. An unset option reads as null, an unset section or map as an empty one.
    nullable =
      elemType:
      types.nullOr elemType
      // {
        merge =
          loc: definitions:
          let
            nulls = lib.filter (definition: definition.value == null) (leaders definitions);
          in
          if nulls == [ ] then
            elemType.merge loc (lib.filter (definition: definition.value != null) definitions)
          else if lib.length nulls == lib.length (leaders definitions) then
            # All that agree with null.
            (lib.head (agreeing loc (definition: definition.value == null) definitions)).value
          else
            throw "The option `${showOption loc}' is both null (unset) and set to a value:${showDefs (leaders definitions)}";
        # An empty list is a value of its own, and is rendered: unset is another one.
        emptyValue =
          if elemType.emptyValue ? value && elemType.name != "listOf" then
            elemType.emptyValue
          else
            { value = null; };
      };

    # A value of one of several types. All the instance's definitions must be of the same one.
    union =
      variants:
      let
        variantOf =
          definitions:
          lib.findFirst (
            variant: lib.all (definition: variant.check definition.value) definitions
          ) null variants;
      in
      lib.mkOptionType {
        name = "union";
        inherit (types.oneOf variants) description descriptionClass;
        check = value: lib.any (variant: variant.check value) variants;
        merge =
          loc: definitions:
          let
            variant = variantOf (leaders definitions);
          in
          if variant == null then
            throw "The option `${showOption loc}' is given values of different types:${showDefs (leaders definitions)}\nDefine it once, or use lib.mkForce for the one that shall hold."
          else
            variant.merge loc (agreeing loc (definition: variant.check definition.value) definitions);
        getSubOptions =
          prefix: lib.foldl' (options: variant: options // variant.getSubOptions prefix) { } variants;
        nestedTypes = lib.listToAttrs (
          lib.imap0 (index: variant: lib.nameValuePair "variant${toString index}" variant) variants
        );
      }
      // {
        inherit variants;
      };

    # An object with the given options: closed, so that a misspelt key is an error with a did-you-mean.
    object =
      options:
      self.submodule {
        description = "object";
        inherit options;
      };

    # A closed object that has options which must be set: unset, it is null rather than empty.
    whole = options: self.object options // { emptyValue = { }; };

    # An object with the given options that takes any other key, too, with values of the type `rest`.
    openObject =
      rest: options:
      self.submodule {
        description = "object that takes other keys, too";
        inherit options rest;
      };

    # A closed object that comes in several shapes, told apart by the keys that only one of them has:
    #   shapes = [ { name; required = [ key ]; optional = [ key ]; fixed = { key = value; }; } ]
    # `fixed` are keys that can only hold one value in that shape.
    shapedObject = import ./types/shaped-object.nix {
      inherit lib leaders agreeing;
      inherit (self) defaultsFile object;
    };

    # Any JSON. Attribute sets merge key by key; derivations and paths are leaves.
    json =
      let
        leaf = lib.mkOptionType {
          name = "leaf";
          description = "null, boolean, number, string, path or package";
          descriptionClass = "conjunction";
          check = value: self.isLeaf value && !lib.isFunction value;
          merge = lib.options.mergeEqualOption;
        };
        tree = self.union [
          leaf
          (types.listOf self.json)
          self.jsonObject
        ];
      in
      tree
      // {
        name = "json";
        description = "JSON value";
        descriptionClass = "noun";
        # The type holds itself: a walker that followed these would never come back.
        getSubOptions = _prefix: { };
      };

    # Any JSON object.
    jsonObject = types.addCheck (types.attrsOf self.json) (value: !self.isLeaf value);

    # A map whose upstream schema names some of its keys. They are of the same type as all others, so the names
    # matter to readers only.
    mapOf =
      knownNames: elemType:
      types.attrsOf (self.nullable elemType)
      // {
        inherit (types.attrsOf elemType) description;
        inherit knownNames;
      };

    # A list of fixed length with a type for each place.
    tuple =
      elemTypes:
      lib.mkOptionType {
        name = "tuple";
        description = "list of exactly ${
          lib.concatMapStringsSep ", then " (elemType: elemType.description) elemTypes
        }";
        descriptionClass = "composite";
        check = value: lib.isList value && lib.length value == lib.length elemTypes;
        merge =
          loc: definitions:
          let
            only = lib.options.mergeOneOption loc definitions;
            file = (lib.head definitions).file;
            place =
              index: elemType:
              (lib.mergeDefinitions (loc ++ [ "[${toString index}]" ]) elemType [
                {
                  inherit file;
                  value = lib.elemAt only index;
                }
              ]).mergedValue;
          in
          lib.imap0 place elemTypes;
      }
      // {
        inherit elemTypes;
      };

    # A string that is a colour of the form #RRGGBB.
    hexColor = types.strMatching "#[0-9a-fA-F]{6}" // {
      description = "colour of the form #RRGGBB";
      schema = {
        type = "string";
        pattern = "^#[0-9a-fA-F]{6}$";
      };
    };

    # A TCP port that someone can listen on; lib's `port` has 0, too.
    listenPort = types.ints.between 1 65535 // {
      schema = {
        type = "integer";
        minimum = 1;
        maximum = 65535;
      };
    };
  };
in
self
