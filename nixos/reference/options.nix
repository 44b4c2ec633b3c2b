# What the declarations of an option tree say, as data, one entry for each option:
#   { name; description; type; shapes; default; example; declaredIn; }
{
  lib,
  # The folder that file names are given relative to.
  root,
  # The shapes that the values in an option can have, given where the option is.
  shapesOf ? _: [ ],
}:
let
  isShown = option: !(option.internal or false) && option.visible or true != false;

  # `visible = "shallow"` says that the options in an option are told of elsewhere.
  isExpanded = option: option.visible or true != "shallow";

  # Those of opencode.json are null until they are set, also where that is refused.
  isMandatory = option: lib.hasPrefix "none" (option.defaultText.text or "");

  textOf =
    value:
    if value ? _type && value ? text then
      lib.trim value.text
    else
      lib.generators.toPretty { multiline = true; } value;

  # Where its description is written: the option itself may have been put together elsewhere. A description that lib wrote
  # (mkEnableOption, mkPackageOption) says nothing of that.
  declaringFile =
    option:
    let
      describedIn = toString (builtins.unsafeGetAttrPos "description" option).file;
    in
    if lib.hasPrefix "${toString root}/" describedIn then
      describedIn
    else
      toString (lib.head option.declarationPositions).file;

  entry = option: {
    name = lib.showOption option.loc;
    description = lib.trim (option.description.text or option.description);
    type = option.type.description;
    shapes = map (shape: { inherit (shape) name required optional; }) (shapesOf option.loc);
    default =
      if isMandatory option then
        null
      else if option ? defaultText then
        # As a string it is prose already.
        if lib.isString option.defaultText then option.defaultText else textOf option.defaultText
      else if option ? default then
        textOf option.default
      else
        null;
    example = if option ? example then textOf option.example else null;
    declaredIn = lib.removePrefix "${toString root}/" (declaringFile option);
  };

  collect =
    tree:
    lib.concatLists (
      lib.mapAttrsToList (
        name: node:
        if name == "_module" then
          [ ]
        else if !lib.isOption node then
          collect node
        else if !isShown node then
          [ ]
        else
          [ (entry node) ] ++ lib.optionals (isExpanded node) (collect (node.type.getSubOptions node.loc))
      ) tree
    );
in
collect
