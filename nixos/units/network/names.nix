# Names, ports and addresses of what leads into an instance's network namespace and out of it.
{ lib }:
name: cfg:
let
  unit = "opencode-${name}";

  taken = [ cfg.listen.port ] ++ cfg.network.allowedHostPorts;

  # Two hex digits of the name's digest, as a number.
  byte =
    index:
    lib.fromHexString (builtins.substring (2 * index) 2 (builtins.hashString "sha256" name));
in
rec {
  server = "${unit}.service";
  wayIn = "${unit}-in";
  wayOut = "${unit}-out";
  proxy = "${unit}-proxy";
  hostPort = port: "${unit}-host-${toString port}";

  # Of the units that are there besides the server's and its setup's.
  all = [
    wayIn
    wayOut
    proxy
  ]
  ++ map hostPort cfg.network.allowedHostPorts;

  # Where the server finds its proxy, inside: the first port that nothing else has there.
  insidePort = lib.findFirst (port: !lib.elem port taken) 3128 (lib.range 3128 (3128 + lib.length taken));

  # Where the proxy listens, on the host's loopback. An address for each instance, in the upper half of 127.0.0.0/8,
  # and a port at which nobody listens by habit: not 3128, which a squid of the host takes at every address.
  proxyAddress = "127.${toString (128 + lib.mod (byte 0) 127)}.${toString (byte 1)}.${toString (1 + lib.mod (byte 2) 254)}";
  proxyPort = 11128;
}
