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

  # An instance that would open the lock at a path by replacing the value around it.
  opens = path: defaults: config: {
    expr = configOf defaults config;
    message = "services.opencode.instances.x.config.${path}' is locked by lib.mkForce in `services.opencode.defaults.config.${path}', and this instance replaces the value around it. .*remove the lock";
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
    "mkForce for a whole section in an instance replaces what is not locked" = {
      expr = configOf {
        permission.edit = "ask";
        share = mkForce "disabled";
      } { permission = mkForce { webfetch = "allow"; }; };
      expected = {
        permission.webfetch = "allow";
        share = "disabled";
      };
    };
    "a lock of null holds" = {
      expr = configOf { model = mkForce null; } { model = "a"; };
      expected = { };
    };
    "a lock that the instance repeats is not opened" = {
      expr = configOf { permission.bash = mkForce "deny"; } {
        permission = mkForce { bash = "deny"; };
      };
      expected.permission.bash = "deny";
    };
    "what is wrong with one instance's lock is no other's" = {
      expr = ask.configOf (ask.of {
        defaults.config.permission.bash = mkForce "deny";
        instances.opens.config.permission = "allow";
        instances.x = { };
      }) "x";
      expected.permission.bash = "deny";
    };
  };

  errors = {
    "one action for a tool does not open a locked rule" = opens ''permission.bash."rm \*"'' {
      permission.bash."rm *" = mkForce "deny";
    } { permission.bash = "allow"; };
    "one action for all tools does not open a locked tool" = opens "permission.bash" {
      permission.bash = mkForce "deny";
    } { permission = "allow"; };
    "one action for all tools does not at mkForce, either" =
      opens "permission.bash" { permission.bash = mkForce "deny"; }
        {
          permission = mkForce "allow";
        };
    "null for a section does not open a lock in it" = opens "permission.bash" {
      permission.bash = mkForce "deny";
    } { permission = null; };
    "mkForce for a whole section does not open a lock in it" = opens "permission.bash" {
      permission.bash = mkForce "deny";
      permission.edit = "ask";
    } { permission = mkForce { webfetch = "allow"; }; };
    "mkForce for a whole set of variables does not open a lock in it" = {
      expr =
        (optionsOf { environment.A = mkForce "1"; } { environment = mkForce { A = "2"; }; }).environment;
      message = "instances.x.environment.A' is locked by lib.mkForce in `services.opencode.defaults.environment.A'";
    };
    "null for one entry of a map does not open a lock in it" = opens "mcp.docs.url" {
      mcp.docs.url = mkForce "https://mcp.example.org";
    } { mcp.docs = null; };
    "another shape of an MCP server does not open a locked URL" = opens "mcp.docs.url" {
      mcp.docs.url = mkForce "https://mcp.example.org";
    } { mcp.docs.command = [ "docs" ]; };
  };
}
