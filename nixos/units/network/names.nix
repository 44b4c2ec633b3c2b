# Names, ports and addresses of what leads into an instance's network namespace and out of it.
{ lib }:
name: cfg:
let
  unit = "opencode-${name}";

  taken = [ cfg.listen.port ] ++ cfg.network.allowedHostPorts;
  # What would be no name of a unit or a file is refused in ../../problems/network-credentials.nix.
  providers = lib.filter isProvider (lib.attrNames cfg.network.credentials);
  isProvider = id: builtins.match "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}" id != null;

  # The ports inside that nothing else has, in their order.
  isTaken = port: lib.elem port taken;
  freePorts = lib.filter (port: !isTaken port) (
    lib.range 3128 (3128 + lib.length taken + lib.length providers)
  );

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
  inherit isProvider;

  # Of the units that are there besides the server's and its setup's.
  all = [
    wayIn
    wayOut
    proxy
  ]
  ++ map hostPort cfg.network.allowedHostPorts
  ++ map (one: one.unit) credentials;

  # Where the server finds its proxy, inside.
  insidePort = lib.head freePorts;

  # The keys that others hold for it: the unit that leads to each, where the server finds it, and where nginx listens.
  credentials = lib.imap1 (
    index: id:
    let
      declared = cfg.network.credentials.${id};
      port = lib.elemAt freePorts index;
    in
    rec {
      inherit id declared port;
      unit = "opencode-${name}-credential-${id}";
      # What is after the host in a URL of the provider.
      path = lib.removeSuffix "/" (lib.elemAt (builtins.match "https://[^/]*(.*)" declared.upstream) 0);
      baseURL = "http://127.0.0.1:${toString port}${path}";
      socket = "${socketDirectory}/${id}";
      # How many the door passes on at a time: nginx has a limit for all instances together.
      connections = 256;
    }
  ) providers;
  # Of this instance alone, for its doors.
  socketDirectory = "/run/opencode-credential-sockets/${name}";

  # The unit of nginx, one for all instances: ./credentials.nix.
  holder = "opencode-credentials";

  # What `config.provider` has of them.
  optionsOfProviders = lib.listToAttrs (
    map (one: {
      name = one.id;
      value.options = {
        inherit (one) baseURL;
        apiKey = import ./placeholder.nix;
      };
    }) credentials
  );

  # An address on the host's loopback for each instance: no port of the host's is taken. In the upper half of
  # 127.0.0.0/8, where nobody listens by habit.
  loopback = "127.${toString (128 + lib.mod (byte 0) 127)}.${toString (byte 1)}.${toString (1 + lib.mod (byte 2) 254)}";

  # Where the proxy listens. Only who has a capability takes a port below 1024: nobody is in the proxy's place while it does
  # not run. No service has this one, at every address, by habit.
  proxyAddress = loopback;
  proxyPort = 28;
}
