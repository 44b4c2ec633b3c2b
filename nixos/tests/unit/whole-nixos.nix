# In a NixOS with all its modules, which declares more, and checks that nothing is set that is not declared.
{
  lib,
  evalNixos,
  evalWholeNixos,
  ...
}:
let
  two.services.opencode.instances = {
    a = { };
    b = {
      openFirewall = true;
      listen.address = "192.0.2.1";
      environmentFile = "/run/secrets/b.env";
      serviceConfig.MemoryMax = "4G";
    };
  };

  whole =
    (evalWholeNixos [
      two
      # What a machine without a name of its own is called.
      { networking.hostName = "localhost"; }
    ]).config;
  few = (evalNixos [ two ]).config;

  unitsOf =
    config: lib.filter (name: lib.hasPrefix "opencode" name) (lib.attrNames config.systemd.units);

  # What NixOS itself gives every unit.
  isGlobal =
    line:
    lib.any (name: lib.hasPrefix "Environment=\"${name}=" line) [
      "LOCALE_ARCHIVE"
      "TZDIR"
    ];
  withoutGlobals = text: lib.filter (line: !isGlobal line) (lib.splitString "\n" text);
  textsOf = config: map (unit: withoutGlobals config.systemd.units.${unit}.text) (unitsOf config);
in
{
  tests = {
    "the units are those of the golden renders" = {
      expr = textsOf whole == textsOf few && lib.length (unitsOf whole) == 5;
      expected = true;
    };
    "the firewall has the port" = {
      expr = lib.elem 12566 whole.networking.firewall.allowedTCPPorts;
      expected = true;
    };
  };

  errors = {
    "a user for all instances is refused" = {
      expr =
        (evalWholeNixos [
          two
          { services.opencode.defaults.user = "agent"; }
        ]).config.systemd.units."opencode-a.service".text;
      message = "services.opencode.defaults.user' does not exist";
    };
    "a stateDir for all instances is refused" = {
      expr =
        (evalWholeNixos [
          two
          { services.opencode.defaults.stateDir = "/data"; }
        ]).config.systemd.units."opencode-a.service".text;
      message = "services.opencode.defaults.stateDir' does not exist";
    };
  };
}
