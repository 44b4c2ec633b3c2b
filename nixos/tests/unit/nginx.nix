# Virtual hosts of nginx that lead to an instance.
{ lib, ask, ... }:
let
  inherit (ask) refuses;

  behind = x: ask.one (lib.recursiveUpdate { nginx.domain = "web.example"; auth.generate = true; } x);
  hostOf = config: config.services.nginx.virtualHosts."web.example";
  # nginx has one of its own.
  hostsOf = config: lib.remove "localhost" (lib.attrNames config.services.nginx.virtualHosts);
  rootOf = config: (hostOf config).locations."/";
in
{
  tests = {
    "without a domain there is no nginx" = {
      expr =
        let
          config = ask.one { };
        in
        [
          config.services.nginx.enable
          (hostsOf config)
        ];
      expected = [
        false
        [ ]
      ];
    };
    "with one there is a virtual host of that name, which leads to the server" = {
      expr =
        let
          config = behind { listen.port = 4096; };
        in
        [
          config.services.nginx.enable
          (hostsOf config)
          (rootOf config).proxyPass
          (rootOf config).proxyWebsockets
          (rootOf config).recommendedProxySettings
        ];
      expected = [
        true
        [ "web.example" ]
        "http://127.0.0.1:4096"
        true
        true
      ];
    };
    "it asks where the host listens: beyond the loopback, on IPv6, and at the door of an isolated server" = {
      expr = map (x: (rootOf (behind (lib.recursiveUpdate { listen.port = 4096; } x))).proxyPass) [
        { listen.address = "0.0.0.0"; }
        { listen.address = "192.0.2.1"; }
        { listen.address = "::1"; }
        { network.isolate = true; }
      ];
      expected = [
        "http://127.0.0.1:4096"
        "http://192.0.2.1:4096"
        "http://[::1]:4096"
        "http://127.0.0.1:4096"
      ];
    };
    "TLS and the rest are options of nginx" = {
      expr =
        let
          host = hostOf (behind {
            nginx.virtualHost = {
              forceSSL = true;
              enableACME = true;
              locations."/".extraConfig = lib.mkAfter "deny all;";
            };
          });
        in
        [
          host.forceSSL
          host.enableACME
          (lib.hasInfix "proxy_buffering off;" host.locations."/".extraConfig)
          (lib.hasSuffix "deny all;" (lib.trim host.locations."/".extraConfig))
        ];
      expected = [
        true
        true
        true
        true
      ];
    };
    "what the operator says of the location replaces ours" = {
      expr =
        let
          root = rootOf (behind {
            nginx.virtualHost.locations."/" = {
              proxyPass = "http://127.0.0.1:80";
              recommendedProxySettings = false;
              extraConfig = lib.mkForce "";
            };
          });
        in
        [
          root.proxyPass
          root.recommendedProxySettings
          root.extraConfig
        ];
      expected = [
        "http://127.0.0.1:80"
        false
        ""
      ];
    };
    "it merges with what services.nginx says of the same host" = {
      expr =
        (hostOf (
          ask.system {
            services.opencode.instances.x = {
              auth.generate = true;
              nginx.domain = "web.example";
            };
            services.nginx.virtualHosts."web.example".onlySSL = true;
          }
        )).onlySSL;
      expected = true;
    };
    "an instance that is off has none" = {
      expr = hostsOf (behind { enable = false; });
      expected = [ ];
    };
    "a domain without a password is refused" =
      refuses (behind { auth.generate = null; })
        [
          "instances.x.nginx.domain is web.example"
          "whoever reaches it could run commands as opencode-x"
          "`auth.generate = true`"
          "`auth.required = false`"
        ];
    "unless everybody there may" = ask.accepts (behind {
      auth.generate = null;
      auth.required = false;
    });
    "two instances with one domain are refused" =
      refuses
        (ask.of {
          defaults.auth.generate = true;
          instances.a.nginx.domain = "web.example";
          instances.b.nginx.domain = "Web.Example";
        })
        [
          "a, b have the same `nginx.domain`, web.example"
        ];
    "the name of a host to listen on is refused" =
      refuses
        (behind {
          listen.address = "host.example";
        })
        [
          "instances.x.nginx.domain needs an IP address in `listen.address`"
          "host.example"
        ];
  };

  errors = {
    "a domain is no line of the configuration of nginx" = {
      expr = hostsOf (behind { nginx.domain = "web.example; root /"; });
      message = "nginx.domain";
    };
    "an option that nginx does not have is an error that names ours" = {
      expr = (hostOf (behind { nginx.virtualHost.forceTLS = true; })).forceSSL;
      message = "web.example\".forceTLS' does not exist.*services.opencode.instances.x.nginx.virtualHost";
    };
  };
}
