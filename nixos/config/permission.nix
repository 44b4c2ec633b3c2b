# What agents may do without asking.
{
  lib,
  types,
  declare,
}:
{
  permission = import ./permission-option.nix { inherit lib types declare; } ''
    What agents may do: `"allow"` it, `"ask"` a person first, or `"deny"` it. Either one action for every tool, or
    actions by tool, where any name is taken so that the tools of MCP servers and plugins can be named, too. When unset,
    nearly everything is allowed, reading `.env` files and leaving the project's directory is asked for. A server with
    nobody at it should not be left to ask: its sessions would wait for ever.
  '';

  tools = declare.map lib.types.bool {
    example = {
      webfetch = false;
    };
    description = ''
      Tools switched on or off for all agents, by name; a trailing `*` in a name matches any rest. Superseded upstream
      by `permission`, which can also ask.
    '';
  };
}
