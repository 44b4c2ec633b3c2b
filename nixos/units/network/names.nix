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
  idleName = "${unit}-idle";
  idle = "${idleName}.service";
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

  # An address on the host's loopback for each instance: no port of the host's is taken. In the upper half of
  # 127.0.0.0/8, where nobody listens by habit.
  loopback = "127.${toString (128 + lib.mod (byte 0) 127)}.${toString (byte 1)}.${toString (1 + lib.mod (byte 2) 254)}";

  # Where the proxy listens. Not 3128, which a squid of the host takes at every address.
  proxyAddress = loopback;
  proxyPort = 11128;
}
