# What the typed options refuse, and what they say of it.
{ pkgs, ... }:
let
  inherit (pkgs.lib.opencode) mkOpenCodeConfig;

  refused = config: message: {
    expr = (mkOpenCodeConfig [ { opencode = config; } ]).text;
    inherit message;
  };
in
{
  errors = {
    "a misspelt key is refused, with the one that was meant" = refused {
      modle = "a/b";
    } "The option `opencode.modle' does not exist(.|\n)*Did you mean .*`opencode.model'";
    "an unknown key is sent to extraConfig" = refused {
      newer_than_these_options = true;
    } "The option `opencode.newer_than_these_options' does not exist.*newer than these options goes to `extraConfig'";
    "a key that is near none has no suggestion" = refused {
      newer_than_these_options = true;
    } "does not exist. Definition values: - In `<unknown-file>': true A key of opencode.json";
    "an unknown key of a section is sent to extraConfig" = refused {
      server.socket = "/run/x";
    } "The option `opencode.server.socket' does not exist.*goes to `extraConfig'";
    "a misspelt key of a section is refused, with the one that was meant" = refused {
      server.prot = 4096;
    } "The option `opencode.server.prot' does not exist(.|\n)*Did you mean .*`opencode.server.port'";
    "a misspelt key below a map is refused, with the one that was meant" =
      refused { command.review.tempalte = "x"; }
        "The option `opencode.command.review.tempalte' does not exist(.|\n)*Did you mean .*`opencode.command.review.template'";
    "a misspelt key of an MCP server is refused, with the one that was meant" =
      refused { mcp.github.comand = [ "mcp" ]; }
        "The option `opencode.mcp.github.comand' does not exist(.|\n)*Did you mean .*`opencode.mcp.github.command'";
    "a misspelt key of a reference is refused, with the one that was meant" =
      refused { references.a.repositry = "NixOS/nixpkgs"; }
        "The option `opencode.references.a.repositry' does not exist(.|\n)*Did you mean .*`opencode.references.a.repository'";
    "a misspelt key of a model is refused, with the one that was meant" =
      refused { provider.p.models.m.limit.contxt = 1; }
        "The option `opencode.provider.p.models.m.limit.contxt' does not exist(.|\n)*Did you mean .*context'";
    "a number is no model" = refused { model = 3; } "opencode.model' is not of type `null or string'";
    "a log level in small letters is refused" = refused {
      logLevel = "debug";
    } ''opencode.logLevel' is not of type `null or one of "DEBUG", "INFO", "WARN", "ERROR".'';
    "port 0 is refused" = refused { server.port = 0; } "opencode.server.port' is not of type";
    "a fraction of a port is refused" = refused {
      server.port = 1.5;
    } "opencode.server.port' is not of type";
    "an unknown action is refused" = refused {
      permission.bash."rm *" = "never";
    } ''opencode.permission.bash."rm \*"' is not of type'';
    "a permission that knows no patterns refuses them" = refused {
      permission.webfetch."https://*" = "allow";
    } "opencode.permission.webfetch' is not of type";
    "a command without a template is refused" =
      refused { command.review.agent = "review"; }
        "opencode.command.review.template' is used but not defined";
    "a colour that is none is refused" = refused {
      agent.a.color = "#12345";
    } "opencode.agent.a.color' is not of type";
    "a command line as a string is refused" = refused {
      mcp.github.command = "mcp";
    } "opencode.mcp.github.command' is not of type";
    "an MCP server that is both local and remote is refused" = refused {
      mcp.github = {
        command = [ "mcp" ];
        url = "https://mcp.example.org";
      };
    } "opencode.mcp.github' has none of the shapes it can have: a local server";
    "an MCP server of the wrong type is refused" = refused {
      mcp.github = {
        command = [ "mcp" ];
        type = "remote";
      };
    } "opencode.mcp.github' has none of the shapes it can have";
    "a language server without a command is refused" = refused {
      lsp.nixd.extensions = [ ".nix" ];
    } "opencode.lsp.nixd' has none of the shapes it can have: .*a server \\(`command' required";
    "two modules that give one union two types are told so" = {
      expr =
        (mkOpenCodeConfig [
          { opencode.permission.bash = "deny"; }
          { opencode.permission.bash."*" = "ask"; }
        ]).text;
      message = "opencode.permission.bash' is given values of different types(.|\n)*mkForce";
    };
    "two modules that disagree are told so" = {
      expr =
        (mkOpenCodeConfig [
          { opencode.model = "a/b"; }
          { opencode.model = "a/c"; }
        ]).text;
      message = "opencode.model' has conflicting definition values";
    };
  };
}
