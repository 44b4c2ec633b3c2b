# `network.isolate`: the server's network namespace, and the units that lead into it and out of it.
#
#   the host's network                                the server's
#   clients -> <unit>-in.socket                       <unit>-in.service -> server
#   <unit>-proxy.service <- <unit>-out.service        <unit>-out.socket <- server
#   127.0.0.1:N <- <unit>-host-N.service              <unit>-host-N.socket <- server
#   opencode-credentials.service                      <unit>-credential-P.socket <- server
#                 <- <unit>-credential-P.service
#
# The sockets inside come first, and with them the namespace, which the server joins.
{
  lib,
  pkgs,
  utils,
  systemd,
}:
let
  namesOf = import ./names.nix { inherit lib; };
  door = import ./door.nix { inherit lib utils systemd; };
  waysOf = import ./ways.nix { inherit lib door; };
  proxyConfigOf = import ./proxy.nix { inherit lib pkgs; };
  hardening = import ./hardening.nix;
  hangUp = import ./hang-up.nix { inherit pkgs; };
  slice = name: "${(import ../slices.nix { inherit lib; }).nameOf name}.slice";

  nothing = {
    services = { };
    sockets = { };
    users = { };
    groups = { };
    server = { };
  };

  endpoint = import ../../endpoint.nix { inherit lib; };
  timeSpan = import ../../time-span.nix { inherit lib; };

  isEverywhere =
    address:
    lib.elem address [
      "0.0.0.0"
      "::"
      "[::]"
    ];

  # Where the host listens for clients: also at 127.0.0.1, where opencodectl asks, in the namespace and outside.
  clientEndpoints =
    { address, port }:
    let
      plain = if address == "localhost" then "127.0.0.1" else address;
    in
    lib.unique (
      [ (endpoint plain port) ] ++ lib.optional (!isEverywhere plain) (endpoint "127.0.0.1" port)
    );
in
name: cfg:
let
  names = namesOf name cfg;
  proxyUrl = "http://127.0.0.1:${toString names.insidePort}";
  notProxied = "localhost,127.0.0.1,::1";
  sockets = map (unit: "${unit}.socket");

  ways = waysOf names cfg;
in
if !cfg.network.isolate then
  # The server listens where clients ask.
  nothing // { inside = cfg; }
else
  {
    # The instance as the server sees it.
    inside = cfg // {
      listen = cfg.listen // {
        address = "127.0.0.1";
      };
    };

    inherit (door) users groups;

    sockets = {
      ${names.wayIn} = door.socketOfClients names (clientEndpoints cfg.listen) // {
        # Where it stops, nobody listens. On demand, the next client starts it.
        partOf = lib.optional (!cfg.onDemand.enable) names.server;
      };
    }
    // ways.sockets;

    services = {
      ${names.wayIn} = door.serviceOfClients names {
        to = "127.0.0.1:${toString cfg.listen.port}";
        inside = true;
        idleTime = if cfg.onDemand.enable then timeSpan.seconds cfg.onDemand.idleTimeout else null;
      };
      ${names.proxy} = {
        description = "${names.server}: its proxy";
        documentation = [ "man:squid(8)" ];
        after = [
          "network.target"
          "nss-lookup.target"
        ];
        serviceConfig = hardening.proxy // {
          Type = "exec";
          # What an agent makes its proxy do counts as the instance's.
          Slice = slice name;
          DynamicUser = true;
          AmbientCapabilities = "CAP_NET_BIND_SERVICE";
          CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
          ExecStart = utils.escapeSystemdExecArgs [
            (lib.getExe' cfg.network.proxyPackage "squid")
            "-N"
            "-d"
            "0"
            "-f"
            (proxyConfigOf name cfg names)
          ];
          ExecReload = hangUp;
          Restart = "always";
          RestartSec = 1;
        }
        # SIGTERM makes it wait 30 s for its clients, of which it has none then; the next start would wait for that.
        // lib.optionalAttrs cfg.onDemand.enable { KillSignal = "SIGINT"; };
        unitConfig = {
          StartLimitIntervalSec = 0;
        }
        // lib.optionalAttrs cfg.onDemand.enable { StopWhenUnneeded = true; };
      };
    }
    // ways.services;

    # What is added to the server's unit.
    server = {
      wants = ways.wants ++ sockets ([ names.wayIn ]);
      requires = sockets ways.units;
      after = ways.wants ++ sockets ways.units;
      environment = lib.mapAttrs (_: lib.mkDefault) {
        HTTP_PROXY = proxyUrl;
        HTTPS_PROXY = proxyUrl;
        ALL_PROXY = proxyUrl;
        NO_PROXY = notProxied;
        http_proxy = proxyUrl;
        https_proxy = proxyUrl;
        all_proxy = proxyUrl;
        no_proxy = notProxied;
        npm_config_proxy = proxyUrl;
        npm_config_https_proxy = proxyUrl;
        npm_config_noproxy = notProxied;
        # node 24 and later takes the others only with this.
        NODE_USE_ENV_PROXY = "1";
      };
      # Plain values: `serviceConfig` cannot give the network back by the way.
      serviceConfig = {
        PrivateNetwork = true;
        # Unix sockets lead out of a network namespace, and this daemon fetches what it is told to.
        InaccessiblePaths = [ "-/nix/var/nix/daemon-socket" ];
      };
    };
  }
