# The one renderer behind `mkOpenCodeConfig` and the NixOS module.
{
  lib,
  pkgs,
  evalNixos,
  ...
}:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig mkOpenCodeConfigFromAttrs;

  jsonOf = config: (mkOpenCodeConfig [ { opencode = config; } ]).text;
  valueOf =
    config:
    lib.removeAttrs (builtins.fromJSON (mkOpenCodeConfig [ { opencode = config; } ]).text) [
      "$schema"
    ];

  # A value of each kind in nested, open and mapped places.
  rich = {
    model = "anthropic/claude-sonnet-4-5";
    agent.review = {
      prompt = "Review.";
      options.nested.deep = [
        1
        { a = null; }
      ];
      anotherKey = true;
    };
    permission.bash = {
      "*" = "ask";
      "git *" = "allow";
    };
    provider.local.options = {
      baseURL = "http://127.0.0.1:11434/v1";
      timeout = false;
    };
    mcp.docs.url = "https://mcp.example.org/mcp";
    instructions = [ ];
    snapshot = false;
  };

  inInstance =
    service:
    mkOpenCodeConfigFromAttrs
      (evalNixos [ { services.opencode = service; } ]).config.services.opencode.instances.web.config;

  standalone = mkOpenCodeConfig [ { opencode = rich; } ];
  direct = inInstance { instances.web.config = rich; };
  throughDefaults = inInstance {
    instances.web = { };
    defaults.config = rich;
  };
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

    "the same value gives the same bytes in standalone use, in an instance and through defaults" = {
      expr = [
        direct.text
        throughDefaults.text
      ];
      expected = [
        standalone.text
        standalone.text
      ];
    };

    "the same value gives the same store path in standalone use, in an instance and through defaults" =
      {
        expr = [
          direct.outPath
          throughDefaults.outPath
        ];
        expected = [
          standalone.outPath
          standalone.outPath
        ];
      };

    "mkOpenCodeConfigFromAttrs takes an evaluated configuration" = {
      expr =
        (mkOpenCodeConfigFromAttrs
          (lib.evalModules {
            modules = [
              { options.opencode = lib.mkOption { type = pkgs.lib.opencode.configType; }; }
              { opencode = rich; }
            ];
          }).config.opencode
        ).outPath;
      expected = standalone.outPath;
    };

    "modules are called with pkgs, the one with the overlay" = {
      expr =
        (mkOpenCodeConfig [
          (
            { pkgs, ... }:
            {
              opencode.shell = "${pkgs.bash}/bin/bash";
              opencode.username = if pkgs.lib ? opencode then "overlaid" else "bare";
            }
          )
        ]).text;
      expected = ''{"$schema":"https://opencode.ai/config.json","shell":"${pkgs.bash}/bin/bash","username":"overlaid"}'';
    };

    "modules are called with lib" = {
      expr =
        (mkOpenCodeConfig [
          ({ lib, ... }: { opencode.username = lib.toUpper "ops"; })
        ]).text;
      expected = ''{"$schema":"https://opencode.ai/config.json","username":"OPS"}'';
    };

    "the configuration of an instance may be a module that is called with pkgs" = {
      expr =
        (inInstance {
          instances.web.config = { pkgs, ... }: { shell = "${pkgs.bash}/bin/bash"; };
        }).text;
      expected = ''{"$schema":"https://opencode.ai/config.json","shell":"${pkgs.bash}/bin/bash"}'';
    };

    "several modules are merged, with priorities" = {
      expr =
        builtins.fromJSON
          (mkOpenCodeConfig [
            { opencode.model = lib.mkDefault "a/default"; }
            { opencode.model = "a/plain"; }
            { opencode.agent.review.prompt = "Review."; }
            { opencode.agent.review.steps = 3; }
            { opencode.instructions = [ "one.md" ]; }
            { opencode.instructions = lib.mkAfter [ "two.md" ]; }
          ]).text;
      expected = {
        "$schema" = "https://opencode.ai/config.json";
        model = "a/plain";
        agent.review = {
          prompt = "Review.";
          steps = 3;
        };
        instructions = [
          "one.md"
          "two.md"
        ];
      };
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
    message = ''The option `opencode."\\\$schema"' does not exist'';
  };
}
