# Directives and options that no unit of an instance can work with, as the units are in the end.
{ lib, system }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  serviceConfigOf = unit: system.systemd.services.${unit}.serviceConfig;

  isTrue =
    value:
    lib.elem value [
      true
      "true"
      "yes"
      "on"
      "1"
    ];

  errorsOfDynamicUser =
    unit: where:
    lib.optional (isTrue ((serviceConfigOf unit).DynamicUser or false))
      "${where}.DynamicUser is on, and the state would move between /var/lib and /var/lib/private each time that one of the two units starts. Leave it out: the instance has a user of its own.";

  # systemd listens there, and the server elsewhere.
  isPassedOn = cfg: cfg.onDemand.enable && !cfg.network.isolate;

  capability = "CAP_NET_BIND_SERVICE";
  mayBind =
    name: port:
    lib.hasInfix capability (toString ((serviceConfigOf "opencode-${name}").AmbientCapabilities or ""))
    || lib.toIntBase10 (
      toString (system.boot.kernel.sysctl."net.ipv4.ip_unprivileged_port_start" or 1024)
    ) <= port;
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    errorsOfDynamicUser "opencode-${name}" (option name "serviceConfig")
    ++ errorsOfDynamicUser "opencode-${name}-setup" "services.opencode: systemd.services.opencode-${name}-setup.serviceConfig"
    ++ lib.optional (cfg.listen.port < 1024 && !isPassedOn cfg && !mayBind name cfg.listen.port)
      "${option name "listen.port"}: ${toString cfg.listen.port} is below 1024, where ${cfg.user} may not listen. Leave the option out, and pass the port on to the server: with a reverse proxy (`services.nginx.virtualHosts.<host>.locations.\"/\".proxyPass`), or with a socket unit and systemd-socket-proxyd(8). Or give it the capability: `serviceConfig.AmbientCapabilities` and `serviceConfig.CapabilityBoundingSet` = \"${capability}\"."
  ) instances
)
