# Rules as a list: rendered as one object in the order of the list, which is the order that the server goes by.
{
  lib,
  pkgs,
  evalNixos,
  ...
}:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig mkOpenCodeConfigFromAttrs;

  body = text: lib.removePrefix ''{"$schema":"https://opencode.ai/config.json",'' text;
  textOf = modules: body (mkOpenCodeConfig (map (opencode: { inherit opencode; }) modules)).text;
  inInstance =
    service:
    body
      (mkOpenCodeConfigFromAttrs
        (evalNixos [ { services.opencode = service; } ]).config.services.opencode.instances.x.config
      ).text;

  commands = [
    { "npm *" = "allow"; }
    { "*" = "ask"; }
    { "*--force*" = "deny"; }
  ];
  commandsText = ''{"npm *":"allow","*":"ask","*--force*":"deny"}'';

  # A value in each place where it can be.
  everywhere = {
    permission = [
      { webfetch = "deny"; }
      { bash = commands; }
      { "*" = "ask"; }
      {
        edit = {
          "b/*" = "deny";
          "a/*" = "allow";
        };
      }
    ];
    agent.review.permission = {
      edit = "deny";
      bash = commands;
      github_create_issue = commands;
    };
    mode.careful.permission.external_directory = commands;
    tools = [
      { "z*" = true; }
      { "*" = false; }
    ];
    agent.review.tools = [
      { webfetch = true; }
      { "*" = false; }
    ];
  };
  everywhereText = lib.concatStrings [
    ''"agent":{"review":{"permission":{"bash":${commandsText},"edit":"deny","github_create_issue":${commandsText}},''
    ''"tools":{"webfetch":true,"*":false}}},''
    ''"mode":{"careful":{"permission":{"external_directory":${commandsText}}}},''
    ''"permission":{"webfetch":"deny","bash":${commandsText},"*":"ask","edit":{"a/*":"allow","b/*":"deny"}},''
    ''"tools":{"z*":true,"*":false}}''
  ];
in
{
  tests = {
    "a list is one object in its order" = {
      expr = textOf [ { permission.bash = commands; } ];
      expected = ''"permission":{"bash":${commandsText}}}'';
    };
    "a list is taken wherever the last rule that matches holds" = {
      expr = textOf [ everywhere ];
      expected = everywhereText;
    };
    "an instance and defaults give the same bytes as mkOpenCodeConfig" = {
      expr = [
        (inInstance { instances.x.config = everywhere; })
        (inInstance {
          defaults.config = everywhere;
          instances.x = { };
        })
      ];
      expected = [
        everywhereText
        everywhereText
      ];
    };
    "lists of several modules add up, in the order that lib.mkBefore and lib.mkAfter give them" = {
      expr = textOf [
        { permission.bash = lib.mkAfter [ { a = "allow"; } ]; }
        { permission.bash = [ { b = "allow"; } ]; }
        { permission.bash = lib.mkBefore [ { c = "allow"; } ]; }
      ];
      expected = ''"permission":{"bash":{"c":"allow","b":"allow","a":"allow"}}}'';
    };
    "a rule of a list may be conditional" = {
      expr = textOf [
        {
          permission.bash = [
            (lib.mkIf false { b = "allow"; })
            { a = "allow"; }
          ];
        }
      ];
      expected = ''"permission":{"bash":{"a":"allow"}}}'';
    };
    "an empty list is not rendered, like an empty set" = {
      expr = (mkOpenCodeConfig [ { opencode.permission.bash = [ ]; } ]).text;
      expected = ''{"$schema":"https://opencode.ai/config.json"}'';
    };
    "a set keeps the alphabetical order" = {
      expr = textOf [ { permission.bash = lib.mergeAttrsList commands; } ];
      expected = ''"permission":{"bash":{"*":"ask","*--force*":"deny","npm *":"allow"}}}'';
    };
    "a pattern is escaped, and the text beside a list is what it was" = {
      expr = textOf [
        {
          permission.bash = [ { "echo \"\\*\" ü" = "deny"; } ];
          agent.a.options.tool = pkgs.jq;
          instructions = [ ];
        }
      ];
      expected = ''"agent":{"a":{"options":{"tool":${builtins.toJSON pkgs.jq}}}},"instructions":[],"permission":{"bash":{"echo \"\\*\" ü":"deny"}}}'';
    };
    "a list reads as it was written" = {
      expr =
        (evalNixos [ { services.opencode.instances.x.config.permission = [ { bash = commands; } ]; } ])
        .config.services.opencode.instances.x.config.permission;
      expected = [ { bash = commands; } ];
    };
  };

  errors =
    let
      refused = modules: message: {
        expr = textOf modules;
        inherit message;
      };
      rules = bash: { permission = { inherit bash; }; };
    in
    {
      "a list beside a set is refused, with both places" = {
        expr =
          (mkOpenCodeConfig [
            {
              _file = "one.nix";
              opencode = rules commands;
            }
            {
              _file = "two.nix";
              opencode = rules { a = "deny"; };
            }
          ]).text;
        message = "opencode.permission.bash' is given values of different types: - In `two.nix': .*- In `one.nix'";
      };
      "a pattern twice is refused" = refused [
        (rules [
          { a = "allow"; }
          { b = "allow"; }
          { a = "deny"; }
        ])
      ] "opencode.permission.bash' has `a' twice, and the last that matches holds. Remove one of them";
      "a pattern that looks like an integer is refused" = refused [
        (rules [
          { "*" = "allow"; }
          { "42" = "deny"; }
        ])
      ] "opencode.permission.bash' has `42', which looks like an integer";
      "a tool that looks like an integer is refused" = refused [
        { permission = [ { "0" = "deny"; } ]; }
      ] "opencode.permission' has `0', which looks like an integer";
      "an element with two patterns is refused, since they have no order" = refused [
        (rules [
          {
            a = "allow";
            b = "deny";
          }
        ])
      ] "opencode.permission.bash' is a list, so that each element is a set with one name, and one has `a', `b'";
      "an element without a pattern is refused" = refused [
        (rules [ { } ])
      ] "opencode.permission.bash' is a list, .* and one has none";
      "an unknown action in a list is refused" = refused [
        (rules [ { a = "never"; } ])
      ] "opencode.permission.bash..*' is not of type";
      "patterns for a tool that knows none are refused in a list, too" = refused [
        { permission = [ { webfetch = [ { "*" = "deny"; } ]; } ]; }
      ] "opencode.permission..*webfetch' is not of type";
      "extraConfig cannot replace the rules of a list unseen" = refused [
        {
          permission.bash = commands;
          extraConfig.permission.bash.a = "allow";
        }
      ] "`permission.bash' is a list of rules, and `extraConfig.permission.bash' would replace them all";
    };
}
