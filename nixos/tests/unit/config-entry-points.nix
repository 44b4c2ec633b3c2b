# One value, through `mkOpenCodeConfig`, through an instance and through `defaults`.
{
  lib,
  pkgs,
  evalNixos,
  ...
}:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig mkOpenCodeConfigFromAttrs;

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
  };
}
