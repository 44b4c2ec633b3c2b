# The machines of vm-tests, as far as they can be evaluated without building them.
{
  lib,
  pkgs,
  evalWholeNixos,
  ...
}:
let
  tests = import ../../../vm-tests {
    pkgs = pkgs // {
      testers.runNixOSTest = arguments: arguments;
    };
  };

  # The options of the test driver's machines that we set; they belong to modules which need all packages.
  ofTheDriver = {
    options.virtualisation = lib.genAttrs [ "cores" "diskSize" "memorySize" ] (
      _: lib.mkOption { type = lib.types.ints.positive; }
    );
  };

  configOf =
    name:
    let
      inherit (tests.${name}.nodes) machine;
    in
    (evalWholeNixos [
      ofTheDriver
      { inherit (machine) imports specialisation; }
    ]).config;

  usernameIn = config: config.services.opencode.instances.moving.config.username;
  moving = configOf "config-change";
in
{
  tests = {
    "every test ends by itself" = {
      expr = lib.filterAttrs (_: test: test.globalTimeout <= 0) tests;
      expected = { };
    };

    "a machine has the units of its instances" = {
      expr = lib.filter (lib.hasPrefix "opencode") (lib.attrNames moving.systemd.services);
      expected = [
        "opencode-moving"
        "opencode-moving-setup"
        "opencode-staying"
        "opencode-staying-setup"
        "opencode-unwanted"
        "opencode-unwanted-setup"
      ];
    };

    "what a machine can be switched to differs as its file says" = {
      expr = map usernameIn [
        moving
        moving.specialisation.b.configuration
      ];
      expected = [
        "generation a"
        "generation b"
      ];
    };

    "the server is told that there is no network" = {
      expr = lib.hasInfix "npm_config_offline=true" moving.systemd.units."opencode-moving.service".text;
      expected = true;
    };
  };
}
