# What `services.opencode.defaults.config` and an instance's `config` make of each other where their values are of
# different kinds. (That a default reaches an instance at all is told in defaults.nix.)
{
  pkgs,
  ask,
  ...
}:
let
  rendered = ask.overDefaults.configOf;

  becomes = defaults: instance: expected: {
    expr = rendered defaults instance;
    inherit expected;
  };
in
{
  tests = {
    "rules by pattern in defaults, one action in the instance" = becomes {
      permission.bash."*" = "ask";
    } { permission.bash = "deny"; } { permission.bash = "deny"; };

    "one action in defaults, rules by pattern in the instance" = becomes { permission.bash = "deny"; } {
      permission.bash."git *" = "allow";
    } { permission.bash."git *" = "allow"; };

    "rules by pattern in both are merged" =
      becomes { permission.bash."*" = "ask"; } { permission.bash."git *" = "allow"; }
        {
          permission.bash = {
            "*" = "ask";
            "git *" = "allow";
          };
        };

    "a whole permission as one action over one by tool" = becomes { permission.bash."*" = "ask"; } {
      permission = "allow";
    } { permission = "allow"; };

    "language servers by name in defaults, a boolean in the instance" = becomes {
      lsp.nixd.command = [ "nixd" ];
    } { lsp = false; } { lsp = false; };

    "a boolean in defaults, language servers by name in the instance" = becomes { lsp = true; } {
      lsp.nixd.command = [ "nixd" ];
    } { lsp.nixd.command = [ "nixd" ]; };

    "a remote MCP server in defaults, a local one of that name in the instance" =
      becomes { mcp.github.url = "https://mcp.example.org"; } { mcp.github.command = [ "mcp" ]; }
        {
          mcp.github = {
            command = [ "mcp" ];
            type = "local";
          };
        };

    "a part of an MCP server in defaults joins the instance's" =
      becomes { mcp.github.timeout = 15000; } { mcp.github.command = [ "mcp" ]; }
        {
          mcp.github = {
            command = [ "mcp" ];
            timeout = 15000;
            type = "local";
          };
        };

    "an instance can switch off an MCP server of defaults" =
      becomes { mcp.github.command = [ "mcp" ]; } { mcp.github.enabled = false; }
        {
          mcp.github = {
            command = [ "mcp" ];
            enabled = false;
            type = "local";
          };
        };

    "a repository in defaults, a directory of that name in the instance" = becomes {
      references.shared = {
        repository = "a/b";
        branch = "main";
      };
    } { references.shared.path = "/srv/shared"; } { references.shared.path = "/srv/shared"; };

    "a part of a command in defaults joins the instance's" =
      becomes { command.review.agent = "review"; } { command.review.template = "Review."; }
        {
          command.review = {
            agent = "review";
            template = "Review.";
          };
        };

    "open attribute sets are merged key by key, deeply" =
      becomes
        {
          provider.local.options.region = {
            name = "eu";
            zone = 1;
          };
          agent.review.thinking.budget = 1000;
        }
        {
          provider.local.options.region.zone = 2;
          agent.review.thinking.effort = "high";
        }
        {
          provider.local.options.region = {
            name = "eu";
            zone = 2;
          };
          agent.review.thinking = {
            budget = 1000;
            effort = "high";
          };
        };

    "an open value of another kind in the instance wins" = becomes {
      provider.local.options.region.name = "eu";
    } { provider.local.options.region = "eu"; } { provider.local.options.region = "eu"; };

    "a list in an open value is replaced" = becomes { provider.local.options.zones = [ 1 ]; } {
      provider.local.options.zones = [ 2 ];
    } { provider.local.options.zones = [ 2 ]; };

    "providers in defaults meets provider in the instance" =
      becomes
        {
          providers.local = {
            name = "default";
            options.timeout = false;
          };
        }
        { provider.local.name = "own"; }
        {
          provider.local = {
            name = "own";
            options.timeout = false;
          };
        };

    "provider in defaults meets providers in the instance" = becomes {
      provider.local.name = "default";
    } { providers.local.name = "own"; } { provider.local.name = "own"; };

    "extraConfig is merged deeply" =
      becomes
        {
          extraConfig.newer = {
            a = 1;
            b = 1;
          };
        }
        { extraConfig.newer.b = 2; }
        {
          newer = {
            a = 1;
            b = 2;
          };
        };

    "a derivation in defaults stays a leaf" = {
      expr =
        (rendered { provider.local.options.tool = pkgs.jq; } { }).provider.local.options.tool;
      expected = pkgs.jq.outPath;
    };
  };
}
