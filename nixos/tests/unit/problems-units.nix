# Directives and ports that no unit of an instance can work with.
{ lib, ask, ... }:
let
  inherit (ask) accepts one refuses;
  at = port: { listen = { inherit port; }; };
in
{
  tests = {
    "DynamicUser through the instance is refused" = refuses (one { serviceConfig.DynamicUser = true; }) [
      "instances.x.serviceConfig.DynamicUser is on"
      "/var/lib/private"
      "Remove it"
    ];
    "DynamicUser of the setup unit is refused" =
      refuses
        (ask.system {
          services.opencode.instances.x = { };
          systemd.services.opencode-x-setup.serviceConfig.DynamicUser = "yes";
        })
        [
          "systemd.services.opencode-x-setup.serviceConfig.DynamicUser is on"
        ];
    "DynamicUser = false is fine" = accepts (one { serviceConfig.DynamicUser = false; });

    "a port that only root may listen on is refused, with the ways there are" = refuses (one (at 80)) [
      "instances.x.listen.port: 80 is below 1024, where opencode-x may not listen"
      "nginx"
      "`onDemand.enable = true`"
      "CAP_NET_BIND_SERVICE"
    ];
    "1024 is fine" = accepts (one (at 1024));
    "with the capability, it is fine" = accepts (
      one (
        at 80
        // {
          serviceConfig = {
            AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
            CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
          };
        }
      )
    );
    "the capability replaces the empty set" = {
      expr = ask.directive (one {
        serviceConfig.CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
      }) "opencode-x" "CapabilityBoundingSet";
      expected = [ "CAP_NET_BIND_SERVICE" ];
    };
    "granted paths that must be there are waited for" = {
      expr = lib.drop 2 (
        ask.directive (one {
          sandbox = {
            readWritePaths = [
              "/mnt/shared"
              "-/mnt/perhaps"
            ];
            readOnlyPaths = [ "/mnt/reference" ];
          };
        }) "opencode-x" "RequiresMountsFor"
      );
      expected = [
        ''"/mnt/shared"''
        ''"/mnt/reference"''
      ];
    };
  };
}
