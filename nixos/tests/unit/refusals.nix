# Options and values that evaluation refuses.
{
  lib,
  pkgs,
  ask,
  ...
}:
{
  errors = {
    # The stand-ins refuse to build, and say what they were asked for.
    "without the overlay, setupPackage is this repository's own" = {
      expr = ask.unitText (ask.system {
        _module.args.pkgs = lib.mkForce (removeAttrs pkgs [ "opencode-setup" ]);
        services.opencode.instances.x = { };
      }) "opencode-x-setup";
      message = "the stand-ins do not build .*/nixos/package.nix";
    };
    "an environment file in the store is refused, since everyone can read it" = {
      expr = ask.unitText (ask.one { environmentFile = "${builtins.storeDir}/secret"; }) "opencode-x";
      message = "instances.x.environmentFile' is in the Nix store, .*outside the Nix store";
    };
    "a credential given as a Nix path is refused, since it would be copied to the store" = {
      expr = ask.unitText (ask.one { credentials.key = ./instances.nix; }) "opencode-x";
      message = "instances.x.credentials.key' is a Nix path, .*Write it in quotes.*as a string";
    };
    "an optional credential is refused, since systemd knows none" = {
      expr = ask.unitText (ask.one { credentials.key = "-/run/secrets/key"; }) "opencode-x";
      message = "instances.x.credentials.key' begins with .-., and this file cannot be an optional one";
    };
    "a configFile with a quote in its name is refused" = {
      expr = ask.unitText (ask.one { configFile = "/etc/\"own\".json"; }) "opencode-x-setup";
      message = "instances.x.configFile' has a quote, .*without .*quotes";
    };
    "a directory with a colon, at which BindPaths= would take it apart, is refused" = {
      expr = ask.unitText (ask.one { directory = "/srv/my:project"; }) "opencode-x";
      message = "instances.x.directory' has a colon in it, .*without .*colons";
    };
    "a stateDir with a colon, which would end the field in passwd, is refused" = {
      expr = (ask.one { stateDir = "/srv/my:state"; }).users.users.opencode-x.home;
      message = "instances.x.stateDir' has a colon in it, .*without .*colons";
    };
    "a sandbox path with a colon is refused" = {
      expr = ask.unitText (ask.one { sandbox.readWritePaths = [ "-/srv/a:/etc" ]; }) "opencode-x";
      message = "instances.x.sandbox.readWritePaths.* has a colon in it";
    };
    "an empty address, which the server takes for every one, is refused" = {
      expr = ask.unitText (ask.one { listen.address = ""; }) "opencode-x";
      message = "instances.x.listen.address' is not of type .*non-empty";
    };
    "a relative directory is refused" = {
      expr = ask.unitText (ask.one { directory = "srv/x"; }) "opencode-x";
      message = "instances.x.directory' is relative. It must be an absolute path";
    };
    "a path with ~ is refused, and told of with where it is set" = {
      expr = ask.unitText (ask.system {
        _file = "configuration.nix";
        services.opencode.instances.x.directory = "~/project";
      }) "opencode-x";
      message = "instances.x.directory' begins with ~, which is not expanded. .*configuration.nix.*~/project";
    };
    "a path with a variable is refused" = {
      expr = ask.unitText (ask.one { sandbox.readOnlyPaths = [ "$HOME/project" ]; }) "opencode-x";
      message = "readOnlyPaths.* begins with a variable, which is not expanded";
    };
    "an empty path is refused" = {
      expr = ask.unitText (ask.one { directory = ""; }) "opencode-x";
      message = "instances.x.directory' is empty";
    };
    "a directory given as a Nix path is refused, since it would be copied to the store" = {
      expr = ask.unitText (ask.one { directory = ./.; }) "opencode-x";
      message = "instances.x.directory' is a Nix path, which would be copied";
    };
    "a path that is a number is refused with what a path may be" = {
      expr = ask.unitText (ask.one { directory = 3; }) "opencode-x";
      message = "instances.x.directory' is not of type .absolute path";
    };
    "a path in defaults is told of with defaults as its place" = {
      expr = ask.unitText (ask.of {
        defaults.directory = "srv/x";
        instances.x = { };
      }) "opencode-x";
      message = "services.opencode.*directory' is relative";
    };
    "a path with .. is refused" = {
      expr = ask.unitText (ask.one { stateDir = "/var/lib/../x"; }) "opencode-x";
      message = "instances.x.stateDir' has .* or .*[.][.]. in it. It must be .*without";
    };
    "a log level in lower case, which the server would exit on, is refused" = {
      expr = ask.unitText (ask.one { logLevel = "debug"; }) "opencode-x";
      message = "instances.x.logLevel' is not of type .*DEBUG";
    };
    "port 0, which the server would replace by any, is refused" = {
      expr = ask.unitText (ask.one { listen.port = 0; }) "opencode-x";
      message = "instances.x.listen.port' is not of type";
    };
  };
}
