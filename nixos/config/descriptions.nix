# The descriptions of the options, by path: { "mcp.<name>.url" = { description; example; ... }; }, of all sections.
#
# An `exampleText` is an example as Nix source. `visible = "shallow"` is for options whose own options are told of elsewhere.
{ lib }:
lib.foldl' lib.attrsets.unionOfDisjoint { } (
  map (file: import (./descriptions + "/${file}")) (lib.attrNames (builtins.readDir ./descriptions))
)
