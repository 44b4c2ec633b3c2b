# What leads out of an instance's network namespace: a socket inside, and a door outside, for each.
{ lib, door }:
names: cfg:
let
  inside = port: "127.0.0.1:${toString port}";

  ways = [
    {
      unit = names.wayOut;
      at = inside names.insidePort;
      what = "its proxy";
      to = "${names.proxyAddress}:${toString names.proxyPort}";
      needs = [ "${names.proxy}.service" ];
    }
  ]
  ++ map (port: {
    unit = names.hostPort port;
    at = inside port;
    what = "port ${toString port} of the host";
    to = inside port;
  }) cfg.network.allowedHostPorts
  ++ map (one: {
    inherit (one) unit;
    at = inside one.port;
    what = "the provider ${one.id}, with its key";
    to = one.socket;
    needs = [ "${names.holder}.service" ];
    inherit (one) connections;
    # The sockets of the instance are all that is in sight of /run.
    serviceConfig.BindReadOnlyPaths = [ names.socketDirectory ];
  }) names.credentials;

  forEach =
    make:
    lib.listToAttrs (
      map (way: {
        name = way.unit;
        value = make way;
      }) ways
    );
in
{
  units = map (way: way.unit) ways;

  # The services outside without which some of them lead nowhere.
  wants = lib.unique (lib.concatMap (way: way.needs or [ ]) ways);

  # One after the other, so that a restart stops all of them before it starts one. systemd makes a socket of another network
  # namespace in a process of its own, which has copies of all sockets that are open then: where one is stopped and started
  # again meanwhile, its address is still in use.
  sockets = lib.listToAttrs (
    lib.zipListsWith (way: before: {
      name = way.unit;
      value =
        door.socketInside names {
          inherit (way) at;
          to = way.what;
        }
        // {
          after = [ "${before}.socket" ];
        };
    }) ways ([ names.wayIn ] ++ map (way: way.unit) ways)
  );

  services = forEach (
    way:
    let
      service = door.service names (
        {
          description = "${names.server}: ${way.what}";
          inherit (way) to;
          inside = false;
        }
        // lib.optionalAttrs (way ? connections) { inherit (way) connections; }
      );
    in
    service
    // {
      serviceConfig = service.serviceConfig // way.serviceConfig or { };
    }
    // lib.optionalAttrs (way ? needs) {
      wants = way.needs;
      after = way.needs;
    }
  );
}
