# What the typed options take.
{ lib, pkgs, ... }:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig;

  valueOf =
    config:
    lib.removeAttrs (builtins.fromJSON (mkOpenCodeConfig [ { opencode = config; } ]).text) [
      "$schema"
    ];

  taken = config: {
    expr = valueOf config;
    expected = config;
  };
in
{
  tests = {
    "an integer is taken where the schema has a number" = taken { agent.a.temperature = 1; };
    "a fraction is taken where the schema has a number" = taken { agent.a.temperature = 0.5; };
    "a permission may be one action" = taken { permission = "ask"; };
    "a permission may be actions by tool" = taken { permission.edit = "deny"; };
    "a permission of a tool may be actions by pattern" = taken {
      permission.bash = {
        "*" = "ask";
        "git *" = "allow";
      };
    };
    "a permission may name a tool that has no option" = taken {
      permission.github_create_issue."*" = "ask";
    };
    "an agent takes any key that has no option" = taken {
      agent.review.thinking = {
        budget = 1000;
        modes = [
          "a"
          { b = 1; }
        ];
      };
    };
    "an agent of any name is taken" = taken { agent."my agent".steps = 1; };
    "provider options take any key that has no option" = taken {
      provider.local.options.region.name = "eu";
    };
    "a model variant takes any key" = taken {
      provider.local.models.m.variants.high.reasoningEffort = "high";
    };
    "formatter may be true" = taken { formatter = true; };
    "formatter may be formatters by name" = taken { formatter.nixfmt.extensions = [ ".nix" ]; };
    "lsp may be true" = taken { lsp = true; };
    "lsp may be servers by name" = taken {
      lsp.nixd.command = [ "nixd" ];
      lsp.typescript.disabled = true;
    };
    "autoupdate may be a boolean or notify" = {
      expr = map (autoupdate: valueOf { inherit autoupdate; }) [
        false
        "notify"
      ];
      expected = [
        { autoupdate = false; }
        { autoupdate = "notify"; }
      ];
    };
    "a timeout of a provider may be false" = taken { provider.local.options.timeout = false; };
    "a reference may be a string, a directory or a repository" = taken {
      references = {
        a = "/srv/a";
        b.path = "/srv/b";
        c.repository = "NixOS/nixpkgs";
      };
    };
    "a plugin may come with options" = taken {
      plugin = [
        "a"
        [
          "b"
          { level = 1; }
        ]
      ];
    };
    "interleaved may be a boolean, a field's name or a set" = {
      expr = map (interleaved: valueOf { provider.p.models.m = { inherit interleaved; }; }) [
        true
        "reasoning"
        { field = "reasoning"; }
      ];
      expected = map (interleaved: { provider.p.models.m = { inherit interleaved; }; }) [
        true
        "reasoning"
        { field = "reasoning"; }
      ];
    };
    "oauth of an MCP server may be false" = {
      expr =
        (valueOf {
          mcp.docs = {
            url = "https://mcp.example.org";
            oauth = false;
          };
        }).mcp.docs.oauth;
      expected = false;
    };
    "an agent's colour may be of the theme or of the form #RRGGBB" = {
      expr = valueOf {
        agent.a.color = "accent";
        agent.b.color = "#00ff7F";
      };
      expected = {
        agent.a.color = "accent";
        agent.b.color = "#00ff7F";
      };
    };
    "an MCP server with a command is local" = {
      expr = valueOf { mcp.github.command = [ "mcp" ]; };
      expected = {
        mcp.github = {
          command = [ "mcp" ];
          type = "local";
        };
      };
    };
    "an MCP server with a URL is remote" = {
      expr = valueOf { mcp.docs.url = "https://mcp.example.org"; };
      expected = {
        mcp.docs = {
          url = "https://mcp.example.org";
          type = "remote";
        };
      };
    };
    "an MCP server of the project can be switched off by name" = taken { mcp.docs.enabled = false; };
    "an entry of a map that is null is not there" = {
      expr = valueOf {
        mcp.docs = null;
        agent.review = null;
      };
      expected = { };
    };
  };
}
