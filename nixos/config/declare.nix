# How the options of opencode.json are declared: none has a value until someone gives it one, so that only what was set
# is rendered.
{ lib, types }:
let
  # A value that opencode may do without.
  optional =
    type: attributes:
    let
      nullable = types.nullable type;
    in
    lib.mkOption (
      {
        type = nullable;
        # No `default`: an option without a definition costs nothing to merge and reads as its type's empty value.
        defaultText = lib.literalExpression (if nullable.emptyValue.value == null then "null" else "{ }");
      }
      // attributes
    );
in
{
  inherit optional;

  # A value that the object it is in cannot do without.
  required = type: attributes: lib.mkOption ({ inherit type; } // attributes);

  # An object of named options.
  section = options: optional (types.object options);

  # Values under names of the operator's choice.
  map = elemType: optional (types.mapOf [ ] elemType);

  # The same, where opencode itself has some of the names.
  mapWithKnown = knownNames: elemType: optional (types.mapOf knownNames elemType);
}
