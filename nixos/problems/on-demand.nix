# Servers that run on demand, and could not: nobody could start them, or tell when they are ready. Or they would sleep too
# soon.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  namesOf = import ../units/network/names.nix { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  opencode = import ../opencode { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };
  timeSpan = import ../time-span.nix { inherit lib; };

  onDemand = lib.filterAttrs (_: cfg: cfg.onDemand.enable);

  # In seconds. A server answers `prompt_async` at once, and knows of the turn when it begins: after 5 seconds in a server
  # that had just started on a busy machine.
  shortest = 60;

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

  warningsOf =
    name: cfg:
    lib.optional (timeSpan.seconds cfg.onDemand.idleTimeout < shortest)
      "${option name "onDemand.idleTimeout"} is less than ${toString shortest} s. A prompt that its client does not wait for takes some seconds to become a turn, and until then the server counts as idle: it may be stopped, and the prompt is lost. Set at least ${toString shortest}.";
in
{
  errors =
    instances: lib.concatLists (lib.mapAttrsToList (errorsOf instances) (onDemand instances));

  warnings =
    _defaults: instances: lib.concatLists (lib.mapAttrsToList warningsOf (onDemand instances));
}
