# What becomes of a value in services.opencode.defaults and one of another kind in an instance.
{ ask, ... }:
let
  inherit (ask.overDefaults) configOf;
in
{
  tests = {
    "permission.bash as a set in defaults gives way to a string" = {
      expr = configOf { permission.bash."*" = "ask"; } { permission.bash = "deny"; };
      expected.permission.bash = "deny";
    };
    "permission.bash as a string in defaults gives way to a set" = {
      expr = configOf { permission.bash = "deny"; } { permission.bash."*" = "ask"; };
      expected.permission.bash."*" = "ask";
    };
    "permission as a string in defaults gives way to a set" = {
      expr = configOf { permission = "ask"; } { permission.edit = "deny"; };
      expected.permission.edit = "deny";
    };
    "lsp as a set in defaults gives way to a boolean" = {
      expr = configOf { lsp.typescript.disabled = true; } { lsp = true; };
      expected.lsp = true;
    };
  };

  errors = {
    "an instance that is a function and gives another kind is told of both places" = {
      expr = ask.configOf (ask.of {
        defaults.config.permission.bash."*" = "ask";
        instances.x = _: { config.config.permission = "allow"; };
      }) "x";
      message = "instances.x.config.permission' is given values of different types: - In `services.opencode.defaults'.*mkForce";
    };
    "a module that decides on a kind by what defaults say is told of both places" = {
      expr = ask.configOf (ask.of {
        defaults.config = {
          permission.bash."*" = "ask";
          model = "m";
        };
        instances.x.config =
          { config, ... }: { permission = if config.model == "m" then "deny" else { edit = "allow"; }; };
      }) "x";
      message = "instances.x.config.permission' is given values of different types: .*- In `services.opencode.defaults'.*mkForce";
    };
  };
}
