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
      "${where}.DynamicUser is on, so the state would move between /var/lib and /var/lib/private whenever one of the two units starts. Remove it: the instance already has a user of its own.";

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
      "${option name "listen.port"}: ${toString cfg.listen.port} is below 1024, where ${cfg.user} may not listen. Remove the option, and put nginx in front of the server (`nginx.domain`). Or set `onDemand.enable = true` without `network.isolate`: systemd then listens at this port. Or set both `serviceConfig.AmbientCapabilities` and `serviceConfig.CapabilityBoundingSet` to \"${capability}\"."
  ) instances
)
