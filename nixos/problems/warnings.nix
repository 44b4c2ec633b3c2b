# What works, and is probably not meant.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option names shared;

  isLoopback = import ./loopback.nix { inherit lib; };

  warningsOf =
    defaults: name: cfg:
    lib.optional (cfg.openFirewall && isLoopback cfg.listen.address)
      "${option name "openFirewall"} opens port ${toString cfg.listen.port}, but the server listens on ${cfg.listen.address} only. Set `listen.address`, or leave the firewall closed."
    ++ (
      if cfg.configFile == null then
        map (warning: "${option name "config"}: ${warning}") (pipeline.configWarnings cfg.config)
      else
        lib.optional (
          pipeline.render cfg.config != pipeline.render defaults.config
        ) "${option name "config"} has no effect, because `configFile` is set. Remove one of them."
    );

  # Mounts and process namespaces separate them inside; outside, owners would have to.
  sharedUsers =
    instances:
    lib.mapAttrsToList (
      user: sharers:
      "services.opencode.instances: ${names sharers} run as the same user, ${user}. They do not see each other's state and processes, for which systemd must be 257 or later, but whatever else runs as ${user} sees all of it. Give each its own `user`, or leave it out, unless this is a person's own machine."
    ) (shared (cfg: cfg.user) instances);
in
defaults: instances:
lib.concatLists (lib.mapAttrsToList (warningsOf defaults) instances) ++ sharedUsers instances
