# What gives an agent with a network of its own more than the lists of it say.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;

  # Whether a server is reached at its port of the host's 127.0.0.1. That of an instance with a network of its own always is.
  isAtLoopback =
    cfg:
    cfg.network.isolate
    || lib.elem cfg.listen.address [
      "127.0.0.1"
      "localhost"
      "0.0.0.0"
      "::"
      "[::]"
      "*"
    ];

  warningsOf =
    byPort: name: cfg:
    lib.concatMap (
      port:
      let
        reached = lib.remove name (byPort.${toString port} or [ ]);
      in
      lib.optional (reached != [ ])
        "${option name "network.allowedHostPorts"} has ${toString port}, where the server of ${names reached} listens. It runs commands, so the agent of ${name} can have them run as its user if it gets the password, or there is none. Leave the port out."
    ) cfg.network.allowedHostPorts
    ++ lib.optional (cfg.hookSandbox.network && (cfg.preInitScript != null || cfg.postInitScript != null))
      "${option name "hookSandbox.network"} gives hooks the network of the host, and `network.isolate` keeps the agent from it. What a hook runs may read what the agent has written, such as .gitconfig, and then acts for it. Have the hooks do without a network, or leave this out and fetch in another unit.";
in
_defaults: instances:
let
  byPort = lib.groupBy (name: toString instances.${name}.listen.port) (
    lib.filter (name: isAtLoopback instances.${name}) (lib.attrNames instances)
  );
in
lib.concatLists (
  lib.mapAttrsToList (warningsOf byPort) (lib.filterAttrs (_: cfg: cfg.network.isolate) instances)
)
