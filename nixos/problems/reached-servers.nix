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
        "${option name "network.allowedHostPorts"} contains ${toString port}, the port of the server of ${names reached}. If that server has no password, or the agent of ${name} gets it, the agent can run commands as the user of that server. Remove the port."
    ) cfg.network.allowedHostPorts
    ++ lib.optional (cfg.hookSandbox.network && (cfg.preInitScript != null || cfg.postInitScript != null))
      "${option name "hookSandbox.network"} gives hooks the network of the host, which `network.isolate` denies to the agent. A program in a hook may read a file that the agent has written, such as .gitconfig, and then do in that network what the agent wants. Remove it, and fetch in another unit if needed.";
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
