# Derivations and paths inside open values are leaves: rendered as their store path, never walked into.
{ lib, pkgs, ... }:
let
  jsonOf = config: (pkgs.lib.opencode.mkOpenCodeConfig [ { opencode = config; } ]).text;

  # As a real package, it refers to itself without end.
  package = {
    type = "derivation";
    name = "tool";
    outPath = "/nix/store/00000000000000000000000000000000-tool";
    drvPath = "/nix/store/00000000000000000000000000000000-tool.drv";
    outputName = "out";
    outputs = [ "out" ];
    out = package;
    all = [ package ];
    passthru.tests.self = package;
    override = _arguments: package;
    meta.broken = throw "meta was looked at";
  };

  rendered = lib.strings.toJSON package.outPath;

  withOptions =
    value:
    ''{"$schema":"https://opencode.ai/config.json","provider":{"local":{"options":{"value":${value}}}}}'';
in
{
  tests = {
    "a derivation in provider options" = {
      expr = jsonOf { provider.local.options.value = package; };
      expected = withOptions rendered;
    };

    "a derivation deep in provider options" = {
      expr = jsonOf { provider.local.options.value.deep.deeper = package; };
      expected = withOptions ''{"deep":{"deeper":${rendered}}}'';
    };

    "a derivation in a list in provider options" = {
      expr = jsonOf {
        provider.local.options.value = [
          package
          [ package ]
        ];
      };
      expected = withOptions "[${rendered},[${rendered}]]";
    };

    "the same derivation from two modules" = {
      expr =
        (pkgs.lib.opencode.mkOpenCodeConfig [
          { opencode.provider.local.options.value = package; }
          { opencode.provider.local.options.value = package; }
        ]).text;
      expected = withOptions rendered;
    };

    "a derivation under a key of an agent that has no option" = {
      expr = jsonOf { agent.review.tool = package; };
      expected = ''{"$schema":"https://opencode.ai/config.json","agent":{"review":{"tool":${rendered}}}}'';
    };

    "a derivation in extraConfig" = {
      expr = jsonOf { extraConfig.tool = package; };
      expected = ''{"$schema":"https://opencode.ai/config.json","tool":${rendered}}'';
    };

    "a derivation in extraConfig over an attribute set of a section" = {
      expr = jsonOf {
        provider.local.options.value.deep = 1;
        extraConfig.provider.local.options.value = package;
      };
      expected = withOptions rendered;
    };

    "an attribute set in extraConfig over a derivation" = {
      expr = jsonOf {
        provider.local.options.value = package;
        extraConfig.provider.local.options.value.deep = 1;
      };
      expected = withOptions ''{"deep":1}'';
    };

    "a path in provider options is copied to the store" = {
      expr =
        builtins.match ".*\"value\":\"${builtins.storeDir}/[a-z0-9]{32}-config-leaves.nix\".*" (jsonOf {
          provider.local.options.value = ./config-leaves.nix;
        }) != null;
      expected = true;
    };

    "a value with a string of its own is that string" = {
      expr = jsonOf {
        provider.local.options.value = {
          __toString = _self: "spoken";
          other = 1;
        };
      };
      expected = withOptions ''"spoken"'';
    };
  };

  errors."a function is no JSON" = {
    expr = jsonOf { provider.local.options.value = name: name; };
    message = "provider.local.options.value' is not of type `null or JSON value'";
  };
}
