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
      "services.opencode.instances: \"${name}\", which runs on demand, and \"${other}\" both need the unit opencode-${other}. Rename one of them."
    ) clashing
    ++ lib.optional (isOpen && askedAt cfg.listen.address == null)
      "${option name "listen.address"}: a server on demand is reached through a socket unit, which listens on an IP address, and \"${cfg.listen.address}\" is none. Write its address, or 0.0.0.0 for every one."
    ++
      lib.optional (!cfg.checkOnStart)
        "${option name "onDemand"} needs `checkOnStart`, without which a client would be passed on to a server that is not ready. Leave `checkOnStart` out, or `onDemand`."
    ++
      lib.optional (isOpen && cfg.auth.required && !source.isInSight)
        "${option name "onDemand"}: the server listens at ${unitNames.loopback}, where every user of the machine could run commands as ${cfg.user}, and `auth.generate` is false. Leave that out, set `auth.passwordFile` or `network.isolate`, or set `auth.required = false` if all of them may.";
in
instances:
lib.concatLists (
  lib.mapAttrsToList (errorsOf instances) (lib.filterAttrs (_: cfg: cfg.onDemand.enable) instances)
)
