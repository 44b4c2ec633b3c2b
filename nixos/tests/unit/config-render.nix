# The one renderer behind `mkOpenCodeConfig` and the NixOS module.
{
  lib,
  pkgs,
  evalNixos,
  ...
}:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig;

  jsonOf = config: (mkOpenCodeConfig [ { opencode = config; } ]).text;
  valueOf =
    config:
    lib.removeAttrs (builtins.fromJSON (mkOpenCodeConfig [ { opencode = config; } ]).text) [
      "$schema"
    ];

  standalone = mkOpenCodeConfig [ { opencode.model = "a/b"; } ];
in
{
  tests = {
    "an empty configuration is exactly the $schema" = {
      expr = jsonOf { };
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };

    "no modules at all give the empty configuration" = {
      expr = (mkOpenCodeConfig [ ]).text;
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };

    "the file is called opencode.json" = {
      expr = standalone.name;
      expected = "opencode.json";
    };

    "the result is a derivation" = {
      expr = lib.isDerivation standalone;
      expected = true;
    };

    "nulls are dropped at every depth" = {
      expr = valueOf {
        model = null;
        server = null;
        agent.review = {
          prompt = null;
          options = {
            kept = 1;
            dropped = null;
            deeper.dropped = null;
          };
        };
        provider.local.options.headers.X-Token = null;
      };
      expected = {
        agent.review.options.kept = 1;
      };
    };

    "nulls in lists are dropped" = {
      expr = valueOf {
        agent.review.options.list = [
          1
          null
          2
        ];
      };
      expected = {
        agent.review.options.list = [
          1
          2
        ];
      };
    };

    "empty attribute sets are dropped from the inside out" = {
      expr = valueOf {
        server = { };
        agent.review.options.a.b.c = { };
        experimental = { };
        tools = { };
      };
      expected = { };
    };

    "an empty attribute set in a list keeps its place" = {
      expr = valueOf {
        plugin = [
          [
            "file:///srv/audit.js"
            { }
          ]
        ];
      };
      expected = {
        plugin = [
          [
            "file:///srv/audit.js"
            { }
          ]
        ];
      };
    };

    "empty lists stay" = {
      expr = valueOf {
        instructions = [ ];
        enabled_providers = [ ];
        agent.review.options.stop = [ ];
      };
      expected = {
        instructions = [ ];
        enabled_providers = [ ];
        agent.review.options.stop = [ ];
      };
    };

    "false, zero and empty strings stay" = {
      expr = valueOf {
        snapshot = false;
        compaction.tail_turns = 0;
        username = "";
      };
      expected = {
        snapshot = false;
        compaction.tail_turns = 0;
        username = "";
      };
    };

    "extraConfig that is null adds nothing" = {
      expr = jsonOf { extraConfig = null; };
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };
    "$schema can not be replaced through extraConfig" = {
      expr = jsonOf { extraConfig."$schema" = "https://example.org"; };
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };

    "what is unset reads as null, be it an option, a section, a map or a list" = {
      expr =
        let
          config =
            (evalNixos [ { services.opencode.instances.web = { }; } ])
            .config.services.opencode.instances.web.config;
        in
        [
          config.model
          config.server
          config.mcp
          config.instructions
        ];
      expected = [
        null
        null
        null
        null
      ];
    };

    "what is unset in a section that is set reads as null" = {
      expr =
        (evalNixos [ { services.opencode.instances.web.config.server.mdns = true; } ])
        .config.services.opencode.instances.web.config.server.port;
      expected = null;
    };
  };

  errors."$schema is no option" = {
    expr = jsonOf { "$schema" = "https://opencode.ai/config.json"; };
    message = ''The option `opencode."\\\$schema"' does not exist.*It is written into every opencode.json: leave it out'';
  };
}
