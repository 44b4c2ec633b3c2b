# Another name of an option, and keys that are newer than our options.
{ lib, pkgs, ... }:
let
  inherit (pkgs.lib.opencode) render;

  evaluated =
    modules:
    (lib.evalModules {
      modules = [
        { options.opencode = lib.mkOption { type = pkgs.lib.opencode.configType; }; }
      ]
      ++ modules;
    }).config.opencode;

  jsonOf =
    config:
    builtins.toJSON (lib.removeAttrs (render (evaluated [ { opencode = config; } ])) [ "$schema" ]);

  rendersAs = config: expected: {
    expr = jsonOf config;
    inherit expected;
  };
in
{
  tests = {
    "providers is rendered as provider" = rendersAs {
      providers.local.name = "Local";
    } ''{"provider":{"local":{"name":"Local"}}}'';

    "providers and provider are merged" = rendersAs {
      providers.local.name = "Local";
      provider.local.options.timeout = 5;
      provider.other.name = "Other";
    } ''{"provider":{"local":{"name":"Local","options":{"timeout":5}},"other":{"name":"Other"}}}'';

    "providers reads as provider" = {
      expr = (evaluated [ { opencode.provider.local.name = "Local"; } ]).providers.local.name;
      expected = "Local";
    };

    "mkDefault in providers gives way to provider" = {
      expr =
        (evaluated [
          { opencode.providers.local.name = lib.mkDefault "weak"; }
          { opencode.provider.local.name = "plain"; }
        ]).provider.local.name;
      expected = "plain";
    };

    "mkForce in providers beats provider" = {
      expr =
        (evaluated [
          { opencode.provider.local.npm = "plain"; }
          { opencode.providers.local.npm = lib.mkForce "forced"; }
        ]).provider.local.npm;
      expected = "forced";
    };

    "extraConfig is merged in deeply and last" =
      rendersAs
        {
          model = "a/typed";
          agent.review.prompt = "typed";
          extraConfig = {
            model = "a/extra";
            agent.review.newer.key = 1;
            agent.other.prompt = "extra";
            newest = [ ];
          };
        }
        ''{"agent":{"other":{"prompt":"extra"},"review":{"newer":{"key":1},"prompt":"typed"}},"model":"a/extra","newest":[]}'';

    "extraConfig replaces lists" = rendersAs {
      instructions = [ "a.md" ];
      extraConfig.instructions = [ "b.md" ];
    } ''{"instructions":["b.md"]}'';

    "extraConfig is not rendered itself" = rendersAs { extraConfig = { }; } "{}";

    "null in extraConfig takes a key away" = rendersAs {
      model = "a/b";
      username = "ops";
      extraConfig.model = null;
    } ''{"username":"ops"}'';

    "empty sets and nulls of extraConfig are dropped like any other" = rendersAs {
      extraConfig.a.b = {
        c = null;
        d = { };
      };
    } "{}";

    "what two modules put into extraConfig is merged deeply" = {
      expr =
        (evaluated [
          { opencode.extraConfig.a.b = 1; }
          { opencode.extraConfig.a.c = 2; }
        ]).extraConfig;
      expected = {
        a = {
          b = 1;
          c = 2;
        };
      };
    };
  };
}
