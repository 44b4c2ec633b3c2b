# opencode.json as options: types from the server's schema, words and what no schema says by hand.
{
  lib,
  # The schemas that a server publishes, by name: `Config` and those it refers to.
  definitions,
}:
let
  byHand = import ./by-hand.nix { inherit lib; };
  words = import ./words.nix { inherit lib; };
  jsonTypes = import ../schema/types.nix { inherit lib; };

  node = import ../schema/read.nix { inherit lib; } definitions (byHand.config definitions.Config);

  # Options whose own options have the words of others'.
  sameWords = {
    "agent.<name>.permission" = "permission";
    mode = "agent";
    providers = "provider";
    reference = "references";
  };

  modulesOf = import ../schema/options.nix {
    inherit
      lib
      jsonTypes
      sameWords
      words
      ;
    inherit (byHand) modulesAt;
  };

  generated = modulesOf node;

  shapes = import ../schema/shapes.nix {
    inherit lib;
    shapeNames = import ./shape-names.nix;
  };

  demands = import ../schema/demands.nix { inherit lib shapes; } [ ] node;
in
{
  inherit node words sameWords;
  inherit (jsonTypes) isLeaf;

  # The modules of a whole opencode.json.
  modules = generated ++ [
    (byHand.providersModule ((lib.head generated).options.provider // words.providers))
  ];

  # Options that are another name of an option.
  aliases = {
    providers = "provider";
  };

  # What a value that is whole lacks, given the option it is the value of: a list of sentences.
  problemsOf = if demands == null then _: _: [ ] else demands;

  # Are these keys and those of different shapes, in the object at a place (`[ "mcp" "github" ]`)?
  shapesDiffer = shapes.differAt node;

  # The shapes of the object at a path.
  inherit (shapes) shapesAt;
}
