# Servers that run on demand, and could not: nobody could start them, or tell when they are ready.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  namesOf = import ../units/network/names.nix { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  opencode = import ../opencode { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };

  errorsOf =
    instances: name: cfg:
    let
      unitNames = namesOf name cfg;
      isOpen = !cfg.network.isolate;
      # Instances whose own unit is one of this one's. network.nix looks at the others of an isolated one.
      needed = [ unitNames.idleName ] ++ lib.optional isOpen unitNames.wayIn;
      clashing = lib.filter (other: lib.elem "opencode-${other}" needed) (lib.attrNames instances);
      source = sourceOf (opencode.of cfg) name cfg;
    in
    map (
      other:
      "services.opencode.instances: \"${name}\", which has `onDemand`, and \"${other}\" both need the unit opencode-${other}. Rename one of them."
    ) clashing
    ++ lib.optional (isOpen && askedAt cfg.listen.address == null)
      "${option name "listen.address"}: \"${cfg.listen.address}\" is not an IP address, and the socket unit of `onDemand` needs one. Write an IP address, or 0.0.0.0 for all addresses of the host."
    ++
      lib.optional (!cfg.checkOnStart)
        "${option name "onDemand"} needs `checkOnStart`: without it, clients would be connected to a server that is not ready. Remove `checkOnStart = false`, or `onDemand.enable`."
    ++
      lib.optional (isOpen && cfg.auth.required && !source.isInSight)
        "${option name "onDemand"}: the server listens at ${unitNames.loopback}, where every user of the machine could run commands as ${cfg.user}, and it has no password because `auth.generate` is false. Remove `auth.generate = false`, or set `auth.passwordFile` or `network.isolate`; or set `auth.required = false` if every user may do that.";
in
instances:
lib.concatLists (
  lib.mapAttrsToList (errorsOf instances) (lib.filterAttrs (_: cfg: cfg.onDemand.enable) instances)
)
