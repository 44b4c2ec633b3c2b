# The virtual hosts of nginx that lead to instances.
{ lib }:
let
  askedAt = import ./asked-at.nix { inherit lib; };

  # A module for services.nginx.virtualHosts.<domain>: a function, since `imports` of a plain set would be an option there.
  virtualHost =
    { listen, nginx, ... }:
    _: {
      imports = [ nginx.virtualHost ];

      locations."/" = {
        proxyPass = lib.mkDefault "http://${askedAt listen.address}:${toString listen.port}";
        # Terminals.
        proxyWebsockets = lib.mkDefault true;
        # The server compares the host with the page that asks for a terminal, and refuses others.
        recommendedProxySettings = lib.mkDefault true;
        extraConfig = ''
          # An event is passed on when it comes.
          proxy_buffering off;
          # Neither an answer that waits for a turn nor a terminal at rest is cut off: nginx waits for a minute otherwise.
          proxy_read_timeout 1d;
          proxy_send_timeout 1d;
          # A prompt has its files in it. It is not written to the disk before the server has seen the password.
          proxy_request_buffering off;
          client_max_body_size 128m;
        '';
      };
    };
in
instances:
let
  # Names of hosts have no case. Without an address to ask at, or with a domain of two, an assertion speaks.
  behind = lib.groupBy (one: lib.toLower one.nginx.domain) (
    lib.filter (one: one.nginx.domain != null && askedAt one.listen.address != null) (
      lib.attrValues instances
    )
  );
in
lib.mkIf (behind != { }) {
  enable = lib.mkDefault true;
  virtualHosts = lib.mapAttrs' (
    _: sharers: lib.nameValuePair (lib.head sharers).nginx.domain (virtualHost (lib.head sharers))
  ) behind;
}
