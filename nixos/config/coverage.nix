# Which options have no description, and which descriptions have no option.
{
  lib,
  modules,
  descriptions,
  sameWords,
}:
let
  pathsIn =
    tree:
    lib.concatLists (
      lib.mapAttrsToList (
        name: node:
        if name == "_module" then
          [ ]
        else if lib.isOption node then
          [ (lib.concatStringsSep "." node.loc) ] ++ pathsIn (node.type.getSubOptions node.loc)
        else
          pathsIn node
      ) tree
    );

  # Below some options, the descriptions are those of another.
  hasOwnWords =
    path: !lib.any (other: lib.hasPrefix "${other}." path) (lib.attrNames sameWords);

  paths = lib.filter hasOwnWords (pathsIn (lib.evalModules { inherit modules; }).options);
in
{
  missing = lib.subtractLists (lib.attrNames descriptions) paths;
  stale = lib.subtractLists paths (lib.attrNames descriptions);
}
