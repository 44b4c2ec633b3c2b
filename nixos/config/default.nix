# opencode.json as options: types from the server's schema, descriptions and what no schema says by hand.
{
  lib,
  # The schemas that a server publishes, by name: `Config` and those it refers to.
  definitions,
}:
let
  byHand = import ./by-hand.nix { inherit lib; };
  descriptions = import ./descriptions.nix { inherit lib; };
  rules = import ./rules.nix { inherit lib; };
  jsonTypes = import ../schema/types.nix { inherit lib; };

  node = import ../schema/read.nix { inherit lib; } definitions (byHand.config definitions.Config);

  # Options whose own options have the descriptions of others'.
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
      descriptions
      ;
    inherit (byHand) modulesAt;
    inherit (rules) isOrdered;
  };

  generated = modulesOf node;

  shapes = import ../schema/shapes.nix {
    inherit lib;
    shapeNames = import ./shape-names.nix;
  };

  demands = import ../schema/demands.nix { inherit lib shapes; } [ ] node;
  modules = generated ++ [
    (byHand.providersModule (
      removeAttrs (lib.head generated).options.provider [ "example" ] // descriptions.providers
    ))
  ];
in
{
  inherit node rules;
  inherit (jsonTypes) isLeaf;

  # The modules of a whole opencode.json.
  inherit modules;

  # Which options have no description, and which descriptions have no option.
  coverage = import ./coverage.nix {
    inherit
      lib
      modules
      sameWords
      descriptions
      ;
  };

  # Options that are another name of an option.
  aliases = {
    providers = "provider";
  };

  # What a value that is whole lacks, given the option it is the value of: a list of sentences.
  problemsOf = if demands == null then _: _: [ ] else demands;

  # The shapes of the object at a place (`[ "mcp" "github" ]`), and whether these keys and those are of different ones.
  shapesIn = shapes.shapesIn node;
  shapesDiffer = shapes.differIn node;
}
