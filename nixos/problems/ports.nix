# Servers that would wait for each other's port.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) names;
  endpointOf = import ../endpoint.nix { inherit lib; };
  namesOf = import ../units/network/names.nix { inherit lib; };

  # Several names for one address. A wildcard takes the port on every address.
  wildcards = [
    "0.0.0.0"
    "::"
    "[::]"
    "*"
  ];
  canonicalAddress =
    address:
    if address == "localhost" then
      "127.0.0.1"
    else if address == "[::1]" then
      "::1"
    else if lib.elem address wildcards then
      "every address"
    else
      address;

  # Where each instance listens, as declared, and at which address: [ { name; option; address; port; at; } ]. The socket unit
  # of an instance with a network of its own listens at 127.0.0.1 as well: units/network/.
  endpointsOf =
    name: cfg:
    map
      (at: {
        inherit name at;
        inherit (cfg.listen) address port;
        option = "listen.port";
      })
      (
        lib.unique (
          [ (canonicalAddress cfg.listen.address) ] ++ lib.optional cfg.network.isolate "127.0.0.1"
        )
      )
    ++ lib.optional (cfg.onDemand.enable && !cfg.network.isolate) rec {
      inherit name;
      inherit (cfg.onDemand) port;
      address = (namesOf name cfg).loopback;
      at = address;
      option = "onDemand.port";
    };

  several = lib.filterAttrs (_: sharers: lib.length sharers > 1);

  explanation =
    cfgs:
    lib.optionalString (
      lib.any (cfg: cfg.network.isolate && canonicalAddress cfg.listen.address != "127.0.0.1") cfgs
    ) " An instance with `network.isolate` also listens at 127.0.0.1.";
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    _port: sharers:
    let
      byAddress = lib.groupBy (one: one.at) sharers;
      clash =
        if byAddress ? "every address" then [ sharers ] else lib.attrValues (several byAddress);
    in
    map (
      group:
      "services.opencode.instances: ${names (lib.unique (map (one: one.name) group))} listen on the same address and port, ${
        lib.concatStringsSep ", " (lib.unique (map (one: endpointOf one.address one.port) group))
      }. Change ${lib.concatMapStringsSep " or " (option: "`${option}`") (lib.unique (map (one: one.option) group))} of all but one of them.${explanation (map (one: instances.${one.name}) group)}"
    ) clash
  ) (several (lib.groupBy (one: toString one.port) (lib.concatLists (lib.mapAttrsToList endpointsOf instances))))
)
