# The options of opencode.json, section by section.
{ lib, types }:
let
  sections = [
    ./agents.nix
    ./commands.nix
    ./compaction.nix
    ./context.nix
    ./experimental.nix
    ./extra.nix
    ./formatter.nix
    ./interface.nix
    ./lsp.nix
    ./mcp.nix
    ./models.nix
    ./permission.nix
    ./plugins.nix
    ./providers.nix
    ./server.nix
    ./sharing.nix
    ./workspace.nix
  ];

  arguments = {
    inherit lib types;
    declare = import ./declare.nix { inherit lib types; };
  };

  optionsOfSections = lib.foldl' (
    options: section: lib.attrsets.unionOfDisjoint options (import section arguments)
  ) { } sections;

  # A definition of `providers`, as one of `provider`: same file, same priority.
  asProvider =
    providers: definition:
    lib.modules.mkDefinition {
      inherit (definition) file;
      value = lib.mkOverride providers.highestPrio definition.value;
    };
in
{
  options = lib.removeAttrs optionsOfSections types.aliases;

  linked = {
    names = [
      "provider"
      "providers"
    ];
    module =
      { config, options, ... }:
      {
        options.providers = optionsOfSections.providers // {
          apply = _value: config.provider;
        };

        config.provider = lib.mkIf options.providers.isDefined (
          lib.mkMerge (map (asProvider options.providers) options.providers.definitionsWithLocations)
        );
      };
  };
}
