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
      message = "instances.x.environmentFile' is not of type .*outside the Nix store";
    };
    "a credential given as a Nix path is refused, since it would be copied to the store" = {
      expr = ask.unitText (ask.one { credentials.key = ./instances.nix; }) "opencode-x";
      message = "instances.x.credentials.key' is not of type .*as a string";
    };
    "an optional credential is refused, since systemd knows none" = {
      expr = ask.unitText (ask.one { credentials.key = "-/run/secrets/key"; }) "opencode-x";
      message = "instances.x.credentials.key' is not of type";
    };
    "a configFile with a quote in its name is refused" = {
      expr = ask.unitText (ask.one { configFile = "/etc/\"own\".json"; }) "opencode-x-setup";
      message = "instances.x.configFile' is not of type .*quotes";
    };
    "a directory with a colon, at which BindPaths= would take it apart, is refused" = {
      expr = ask.unitText (ask.one { directory = "/srv/my:project"; }) "opencode-x";
      message = "instances.x.directory' is not of type .*colons";
    };
    "a stateDir with a colon, which would end the field in passwd, is refused" = {
      expr = (ask.one { stateDir = "/srv/my:state"; }).users.users.opencode-x.home;
      message = "instances.x.stateDir' is not of type .*colons";
    };
    "a sandbox path with a colon is refused" = {
      expr = ask.unitText (ask.one { sandbox.readWritePaths = [ "-/srv/a:/etc" ]; }) "opencode-x";
      message = "instances.x.sandbox.readWritePaths.* is not of type";
    };
    "an empty address, which the server takes for every one, is refused" = {
      expr = ask.unitText (ask.one { listen.address = ""; }) "opencode-x";
      message = "instances.x.listen.address' is not of type .*non-empty";
    };
    "a relative directory is refused" = {
      expr = ask.unitText (ask.one { directory = "srv/x"; }) "opencode-x";
      message = "instances.x.directory' is not of type .*absolute path";
    };
    "a path with .. is refused" = {
      expr = ask.unitText (ask.one { stateDir = "/var/lib/../x"; }) "opencode-x";
      message = "instances.x.stateDir' is not of type .*without";
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
