# What is said of a mistake in services.opencode.defaults.
{ ask, ... }:
let
  inherit (ask.overDefaults) configOf optionsOf;
in
{
  errors = {
    "a type error in defaults names it" = {
      expr = (optionsOf { listen.port = "http"; } { }).listen.port;
      message = "services.opencode.defaults.listen.port' is not of type";
    };
    "a type error in defaults.config names it" = {
      expr = configOf { model = 3; } { };
      message = "services.opencode.defaults.config.model' is not of type";
    };
    "a misspelt key in defaults.config is told of under defaults" = {
      expr = configOf { server.prot = 1; } { };
      message = "services.opencode.defaults.config.server.prot' does not exist.*Did you mean `services.opencode.defaults.config.server.port'";
    };
    "a misspelt key in defaults.config is told of where there is no instance" = {
      expr = (ask.of { defaults.config.modle = "a"; }).assertions;
      message = "services.opencode.defaults.config.modle' does not exist";
    };
    "a key deep in defaults.config that is misspelt is told of where there is no instance" = {
      expr = (ask.of { defaults.config.provider.p.models.m.limit.contxt = 1; }).assertions;
      message = "services.opencode.defaults.config.provider.p.models.m.limit.contxt' does not exist";
    };
    "a type error in defaults.config is told of where there is no instance" = {
      expr = (ask.of { defaults.config.model = 3; }).assertions;
      message = "services.opencode.defaults.config.model' is not of type";
    };
    "a type error in an open set of defaults.config names it" = {
      expr = configOf { permission.bash."rm *" = "maybe"; } { };
      message = "services.opencode.defaults.config.permission";
    };
  };
}
