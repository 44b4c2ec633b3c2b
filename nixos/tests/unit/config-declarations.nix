# What holds for every option of opencode.json.
{ lib, pkgs, ... }:
let
  inherit (pkgs.lib.opencode) configType render;
  inherit (pkgs.lib.opencode.internal.config) coverage;

  declared =
    tree:
    lib.concatLists (
      lib.mapAttrsToList (
        name: node:
        if name == "_module" then
          [ ]
        else if lib.isOption node then
          [ node ] ++ declared (node.type.getSubOptions node.loc)
        else
          declared node
      ) tree
    );

  options = declared (configType.getSubOptions [ "opencode" ]);

  namesOf = map (option: lib.showOption option.loc);

  # Examples may name packages that the stand-ins do not have.
  packages = lib.genAttrs [
    "bash"
    "github-mcp-server"
    "nixd"
    "nixfmt"
  ] pkgs.package;

  exampleOf =
    option:
    if option.example._type or null == "literalExpression" then
      builtins.scopedImport { pkgs = packages; } (builtins.toFile "example.nix" option.example.text)
    else
      option.example;

  # What the option's type makes of its example.
  takenExample =
    option:
    (lib.mergeDefinitions option.loc option.type [
      {
        file = "example";
        value = exampleOf option;
      }
    ]).mergedValue;

  needsExample =
    option:
    !lib.any (word: lib.hasInfix word option.type.description) [
      "boolean"
      "one of"
      "object"
      "singular enum"
    ];
in
{
  tests = {
    "there are options at all, also below maps and lists" = {
      expr = lib.all (name: lib.elem name (namesOf options)) [
        "opencode.model"
        "opencode.server.port"
        "opencode.provider.<name>.models.<name>.cost.context_over_200k.input"
        "opencode.mcp.<name>.oauth.callbackPort"
        "opencode.lsp.<name>.initialization"
        "opencode.experimental.policies.*.effect"
      ];
      expected = true;
    };

    "every option is described, in whole sentences" = {
      expr = namesOf (
        lib.filter (
          option:
          builtins.match "[A-Z`].*[.]" (lib.replaceStrings [ "\n" ] [ " " ] (lib.trim option.description))
          == null
        ) options
      );
      expected = [ ];
    };

    "every option is null until someone sets it, so that nothing is rendered that nobody set" = {
      expr = namesOf (lib.filter (option: (option.default or "none") != null) options);
      expected = [ ];
    };

    "the options that must be set say so" = {
      expr = lib.filter (name: !lib.hasPrefix "opencode.mode." name) (
        namesOf (lib.filter (option: option ? defaultText) options)
      );
      expected = [
        "opencode.agents.<name>.permissions.*.action"
        "opencode.agents.<name>.permissions.*.effect"
        "opencode.agents.<name>.permissions.*.resource"
        "opencode.command.<name>.template"
        "opencode.experimental.policies.*.action"
        "opencode.experimental.policies.*.effect"
        "opencode.experimental.policies.*.resource"
        "opencode.permissions.*.action"
        "opencode.permissions.*.effect"
        "opencode.permissions.*.resource"
      ]
      ++ map (key: "opencode.provider.<name>.models.<name>.${key}") [
        "cost.context_over_200k.input"
        "cost.context_over_200k.output"
        "cost.input"
        "cost.output"
        "interleaved.field"
        "limit.context"
        "limit.output"
      ]
      ++ map (key: "opencode.providers.<name>.models.<name>.${key}") [
        "cost.context_over_200k.input"
        "cost.context_over_200k.output"
        "cost.input"
        "cost.output"
        "interleaved.field"
        "limit.context"
        "limit.output"
      ];
    };

    "every option has words" = {
      expr = coverage.missing;
      expected = [ ];
    };

    "all words are an option's" = {
      expr = coverage.stale;
      expected = [ ];
    };

    "every option whose type does not say it all has an example" = {
      expr = namesOf (lib.filter (option: needsExample option && !(option ? example)) options);
      expected = [ ];
    };

    "every example is a value that its option takes" = {
      expr = lib.deepSeq (map (option: render { example = takenExample option; }) (
        lib.filter (option: option ? example) options
      )) "all taken";
      expected = "all taken";
    };
  };
}
