# What works, and is probably not meant.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option names shared;

  isLoopback = import ./loopback.nix { inherit lib; };

  warningsOf =
    defaults: name: cfg:
    lib.optional (cfg.openFirewall && isLoopback cfg.listen.address)
      "${option name "openFirewall"} opens port ${toString cfg.listen.port}, but the server listens on ${cfg.listen.address} only. Set `listen.address`, or remove `openFirewall`."
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
      "services.opencode.instances: ${names sharers} run as the same user, ${user}. Their sandboxes hide their state and processes from each other (with systemd 257 or later), but every other program of ${user} can see all of it. Leave `user` out, or set a different one for each; ignore this warning on a machine that only one person uses."
    ) (shared (cfg: cfg.user) instances);
in
defaults: instances:
lib.concatLists (lib.mapAttrsToList (warningsOf defaults) instances) ++ sharedUsers instances
