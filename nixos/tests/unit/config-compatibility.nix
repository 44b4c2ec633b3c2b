# Keys for older servers, and what is said of them.
{
  lib,
  pkgs,
  evalNixos,
  ...
}:
let
  inherit (pkgs.lib.opencode) configWarnings mkOpenCodeConfig render;

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
  warningsOf = config: configWarnings (evaluated [ { opencode = config; } ]);

  # There are as many warnings as patterns, and each matches its own.
  warnsOf =
    config: patterns:
    let
      warnings = warningsOf config;
    in
    {
      expr = {
        count = lib.length warnings;
        matching = lib.zipListsWith (
          pattern: warning: builtins.match pattern warning != null
        ) patterns warnings;
      };
      expected = {
        count = lib.length patterns;
        matching = map (_pattern: true) patterns;
      };
    };

  rendersAs = config: expected: {
    expr = jsonOf config;
    inherit expected;
  };
in
{
  tests = {
    "theme is rendered" = rendersAs { theme = "tokyonight"; } ''{"theme":"tokyonight"}'';
    "keybinds are rendered" = rendersAs {
      keybinds.leader = "ctrl+x";
    } ''{"keybinds":{"leader":"ctrl+x"}}'';
    "tui is rendered" = rendersAs {
      tui.scroll_acceleration.enabled = true;
      tui.diff_style = "stacked";
    } ''{"tui":{"diff_style":"stacked","scroll_acceleration":{"enabled":true}}}'';

    "theme, keybinds and tui warn that newer servers ignore them, and where they belong" =
      warnsOf
        {
          theme = "tokyonight";
          keybinds.leader = "ctrl+x";
          tui.scroll_speed = 3;
        }
        [
          ".*`theme' is ignored.*tui\\.json.*"
          ".*`keybinds' is ignored.*tui\\.json.*"
          ".*`tui' is ignored.*tui\\.json.*"
        ];

    "theme, keybinds and tui that are unset do not warn" = {
      expr = warningsOf {
        theme = null;
        keybinds = { };
        tui.scroll_speed = null;
      };
      expected = [ ];
    };

    "lsp.enabled is rendered to the letter" = rendersAs {
      lsp.enabled = true;
    } ''{"lsp":{"enabled":true}}'';
    "lsp.enabled is rendered beside servers" = rendersAs {
      lsp.enabled = true;
      lsp.nixd.command = [ "nixd" ];
    } ''{"lsp":{"enabled":true,"nixd":{"command":["nixd"]}}}'';
    "lsp.enabled that is false is rendered, too" = rendersAs {
      lsp.enabled = false;
    } ''{"lsp":{"enabled":false}}'';
    "lsp.enabled warns that opencode refuses it, and names the spelling that works" = warnsOf {
      lsp.enabled = true;
    } [ ".*`lsp.enabled' makes opencode exit.*`lsp = true'.*" ];
    "lsp.enabled that is false names the spelling that works" = warnsOf { lsp.enabled = false; } [
      ".*`lsp = false'.*"
    ];
    "lsp.enabled of another type, through extraConfig, warns as well" = warnsOf {
      extraConfig.lsp.enabled = "yes";
    } [ ".*`lsp.enabled' makes opencode exit.*" ];
    "lsp = true does not warn" = {
      expr = warningsOf { lsp = true; };
      expected = [ ];
    };
    "language servers do not warn" = {
      expr = warningsOf { lsp.nixd.command = [ "nixd" ]; };
      expected = [ ];
    };

    "a configuration of keys that the server takes does not warn" = {
      expr = warningsOf {
        model = "a/b";
        permission.bash = "ask";
        providers.local.name = "Local";
        extraConfig.newer = 1;
      };
      expected = [ ];
    };

    "a warning reaches the warnings of NixOS, with the instance's name" = {
      expr = lib.any (
        warning: builtins.match "(.|\n)*web(.|\n)*`theme' is ignored(.|\n)*" warning != null
      ) (evalNixos [ { services.opencode.instances.web.config.theme = "dark"; } ]).config.warnings;
      expected = true;
    };
  };

  errors = {
    "a misspelt provider is named as the operator wrote it" = {
      expr = (mkOpenCodeConfig [ { opencode.providers.local.naem = "x"; } ]).text;
      message = "provider.local.naem' does not exist(.|\n)*Did you mean";
    };

    # The error is only there to have the output looked at.
    "mkOpenCodeConfig warns by itself" = {
      expr = lib.deepSeq (mkOpenCodeConfig [ { opencode.lsp.enabled = true; } ]).text (throw "evaluated");
      message = "warning: opencode.json: `lsp.enabled' makes opencode exit(.|\n)*error: evaluated";
    };
  };
}
