# Servers that would wait for each other's port.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) names shared;

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

  endpoint =
    { address, port }:
    "${
      if lib.hasInfix ":" address && !lib.hasPrefix "[" address then "[${address}]" else address
    }:${toString port}";

  # The socket unit of an instance with a network of its own listens at 127.0.0.1 as well: units/network/.
  addressesOf =
    cfg:
    lib.unique (
      [ (canonicalAddress cfg.listen.address) ] ++ lib.optional cfg.network.isolate "127.0.0.1"
    );
  listenersOf =
    instances: name:
    map (address: { inherit name address; }) (addressesOf instances.${name});

  explanation =
    cfgs:
    lib.optionalString (
      lib.any (cfg: cfg.network.isolate && canonicalAddress cfg.listen.address != "127.0.0.1") cfgs
    ) " One with `network.isolate` also listens at 127.0.0.1.";
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    _port: sharers:
    let
      byAddress = lib.mapAttrs (_: map (listener: listener.name)) (
        lib.groupBy (listener: listener.address) (lib.concatMap (listenersOf instances) sharers)
      );
      clash =
        if byAddress ? "every address" then
          [ sharers ]
        else
          lib.filter (group: lib.length group > 1) (lib.attrValues byAddress);
    in
    map (
      group:
      "services.opencode.instances: ${names group} listen on the same address and port, ${
        lib.concatStringsSep ", " (lib.unique (map (name: endpoint instances.${name}.listen) group))
      }. Set `listen.port` of all but one of them.${explanation (map (name: instances.${name}) group)}"
    ) clash
  ) (shared (cfg: toString cfg.listen.port) instances)
)
