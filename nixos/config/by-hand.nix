# What the server's schema cannot say of opencode.json, or does not say any more, each with its reason.
{ lib }:
let
  # What becomes of the alternative of a union that is an object.
  mapObject =
    change: schema:
    if schema ? anyOf then
      schema // { anyOf = map (mapObject change) schema.anyOf; }
    else if schema.type or null == "object" then
      change schema
    else
      schema;

  # opencode before 1.2.15 reads them from opencode.json, and its schema has them.
  movedToTui = {
    keybinds = {
      type = "object";
      additionalProperties.type = "string";
    };
    theme.type = "string";
    tui = {
      type = "object";
      properties = {
        diff_style.enum = [
          "auto"
          "stacked"
        ];
        scroll_acceleration = {
          type = "object";
          properties.enabled.type = "boolean";
          additionalProperties = false;
        };
        scroll_speed = {
          type = "number";
          minimum = 0.001;
        };
      };
      additionalProperties = false;
    };
  };

  keysOf2 = import ./keys-of-2.nix;

  # 1 has servers by name there, and 2 has `servers` and in it the names.
  withServersOf2 =
    properties:
    properties
    // lib.optionalAttrs (properties ? mcp) {
      mcp = properties.mcp // {
        properties = properties.mcp.properties or { } // keysOf2.mcp;
      };
    };

  # Is rendered by itself into every file.
  withoutSchemaKey = properties: removeAttrs properties [ "$schema" ];

  # The first options of this project had it. Evaluation warns that opencode takes it for a server of that name.
  withLspEnabled =
    properties:
    properties
    // lib.optionalAttrs (properties ? lsp) {
      lsp = mapObject (
        servers:
        servers // { properties = servers.properties or { } // { enabled.type = "boolean"; }; }
      ) properties.lsp;
    };

  # Keys that no schema has yet.
  extraConfig = {
    type = "object";
  };
in
{
  # The Config schema with what is by hand in it. Where a schema has a key of the same name, that is the one.
  config =
    schema:
    schema
    // {
      properties =
        movedToTui
        // removeAttrs keysOf2 [ "mcp" ]
        // withServersOf2 (withLspEnabled (withoutSchemaKey schema.properties))
        // {
          inherit extraConfig;
        };
      # opencode ignores keys that it does not know, which would hide a misspelt one.
      additionalProperties = false;
    };

  # `command` makes an MCP server a local one and `url` a remote one, so nobody needs to write `type`.
  modulesAt."mcp.<name>" = [
    (
      { config, ... }:
      {
        # Weaker than what anybody writes, stronger than an option's default.
        type = lib.mkOverride 1400 (
          if config.command != null then
            "local"
          else if config.url != null then
            "remote"
          else
            null
        );
      }
    )
  ];

  # `providers` is another name of `provider`, since that is what everybody writes first. `option` is the declaration.
  providersModule =
    option:
    { config, options, ... }:
    let
      # A definition of `providers`, as one of `provider`: same file, same priority.
      asProvider =
        definition:
        lib.modules.mkDefinition {
          inherit (definition) file;
          value = lib.mkOverride options.providers.highestPrio definition.value;
        };
    in
    {
      options.providers = option // {
        apply = _: config.provider;
      };
      config.provider = lib.mkMerge (map asProvider options.providers.definitionsWithLocations);
    };
}
