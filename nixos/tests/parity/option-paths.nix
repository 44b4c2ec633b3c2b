# The paths of all options of opencode.json, with "*" for any name and for the elements of a list.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");

  # The declarations need no package.
  inherit
    (import ../../lib.nix {
      inherit lib;
      pkgs = { };
    })
    configType
    ;

  pathOf =
    option:
    lib.concatStringsSep "." (map (name: if name == "<name>" then "*" else name) (lib.tail option.loc));

  pathsIn =
    tree:
    lib.concatLists (
      lib.mapAttrsToList (
        name: node:
        if name == "_module" then
          [ ]
        else if lib.isOption node then
          [ (pathOf node) ] ++ pathsIn (node.type.getSubOptions node.loc)
        else
          pathsIn node
      ) tree
    );
in
pathsIn (configType.getSubOptions [ "opencode" ])
