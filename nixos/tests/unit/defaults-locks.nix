# `lib.mkForce` in services.opencode.defaults: what it locks, and what is said to an instance that cannot have its way.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  inherit (lib) mkForce;

  inherit (ask.overDefaults) configOf layered optionsOf;

  # An instance that would open a lock by giving the value around it another kind.
  opens = path: defaults: config: {
    expr = configOf defaults config;
    message = "services.opencode.instances.x.config.${path}' is given a value of another kind .*Give it a value of the same kind, or remove the lock.*services.opencode.defaults'";
  };
in
{
  tests = {
    "mkForce in defaults locks an option" = {
      expr = (optionsOf { logLevel = mkForce "WARN"; } { logLevel = "DEBUG"; }).logLevel;
      expected = "WARN";
    };
    "mkForce in defaults locks a key of config" = {
      expr = configOf { share = mkForce "disabled"; } {
        share = "auto";
        model = "a";
      };
      expected = {
        share = "disabled";
        model = "a";
      };
    };
    "mkForce in defaults locks a rule deep in config, and leaves the others" = {
      expr = configOf { permission.bash."rm *" = mkForce "deny"; } {
        permission.bash = {
          "rm *" = "allow";
          "git *" = "allow";
        };
      };
      expected.permission.bash = {
        "rm *" = "deny";
        "git *" = "allow";
      };
    };
    "a rule that is no lock gives way to one action, beside a lock elsewhere" = {
      expr =
        configOf
          {
            permission.bash."*" = "ask";
            share = mkForce "disabled";
          }
          {
            permission = "allow";
          };
      expected = {
        permission = "allow";
        share = "disabled";
      };
    };
    "mkForce in defaults locks a whole section of config" = {
      expr = configOf { permission = mkForce { edit = "deny"; }; } { permission.bash = "allow"; };
      expected.permission.edit = "deny";
    };
    "mkForce in defaults locks a variable" = {
      expr = (optionsOf { environment.A = mkForce "1"; } { environment.A = "2"; }).environment.A;
      expected = "1";
    };
    "mkForce in defaults locks path" = {
      expr = (optionsOf { path = mkForce [ pkgs.jq ]; } { path = [ pkgs.nodejs ]; }).path == [ pkgs.jq ];
      expected = true;
    };
    "mkForce in a module as the value of defaults.config locks, in what it imports, too" = {
      expr = ask.configOf (layered
        {
          config = {
            imports = [ { permission.bash."rm *" = mkForce "deny"; } ];
            share = mkForce "disabled";
            providers.local.npm = "a";
            model = "a";
          };
        }
        {
          config = {
            share = "auto";
            permission.bash."rm *" = "allow";
            provider.local.name = "b";
            model = "b";
          };
        }
      ) "x";
      expected = {
        share = "disabled";
        permission.bash."rm *" = "deny";
        provider.local = {
          npm = "a";
          name = "b";
        };
        model = "b";
      };
    };
    "mkForce for a whole section in an instance replaces it, but for what is locked in it" = {
      expr =
        configOf
          {
            permission.bash = mkForce "deny";
            permission.edit = "ask";
          }
          {
            permission = mkForce { webfetch = "allow"; };
          };
      expected.permission = {
        bash = "deny";
        webfetch = "allow";
      };
    };
  };

  errors = {
    "one action for a tool does not open a locked rule" = opens "permission.bash" {
      permission.bash."rm *" = mkForce "deny";
    } { permission.bash = "allow"; };
    "one action for all tools does not open a locked tool" = opens "permission" {
      permission.bash = mkForce "deny";
    } { permission = "allow"; };
    "one action for all tools does not at mkForce, either" =
      opens "permission" { permission.bash = mkForce "deny"; }
        {
          permission = mkForce "allow";
        };
    "null for a section does not open a lock in it" = opens "permission" {
      permission.bash = mkForce "deny";
    } { permission = null; };
    "another shape of an MCP server does not open a locked URL" = opens "mcp.docs" {
      mcp.docs.url = mkForce "https://mcp.example.org";
    } { mcp.docs.command = [ "docs" ]; };
  };
}
