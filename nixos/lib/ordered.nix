# A JSON object whose entries keep the order they are written in, which an attribute set does not.
{ lib }:
let
  isOrdered = value: value._type or null == "orderedObject";

  # One entry for each set with one name.
  toEntries = map (
    element:
    let
      name = lib.head (lib.attrNames element);
    in
    {
      inherit name;
      value = fromLists element.${name};
    }
  );

  # A value with an ordered object for each list of sets with one name.
  fromLists =
    value:
    if lib.isList value then
      {
        _type = "orderedObject";
        entries = toEntries value;
      }
    else if lib.isAttrs value then
      # opencode 1.2 keeps the order of names in a list of that name.
      lib.mapAttrs (name: if name == "__originalKeys" then lib.id else fromLists) value
    else
      value;

  # The same as attribute sets, for who asks what is in it and not in which order.
  withoutOrder =
    value:
    if isOrdered value then
      lib.listToAttrs (map (entry: entry // { value = withoutOrder entry.value; }) value.entries)
    else if lib.isAttrs value && !lib.isStringLike value then
      lib.mapAttrs (_name: withoutOrder) value
    else
      value;

  contains =
    value:
    isOrdered value
    || lib.isAttrs value && !lib.isStringLike value && lib.any contains (lib.attrValues value);

  object =
    text: entries:
    "{${
      lib.concatMapStringsSep "," (entry: "${builtins.toJSON entry.name}:${text entry.value}") entries
    }}";

  # As `builtins.toJSON`, whose text it is wherever there is no ordered object.
  toJSON =
    value:
    if isOrdered value then
      object toJSON value.entries
    else if contains value then
      object toJSON (lib.attrsToList value)
    else
      builtins.toJSON value;
in
{
  inherit
    fromLists
    isOrdered
    toJSON
    withoutOrder
    ;
}
