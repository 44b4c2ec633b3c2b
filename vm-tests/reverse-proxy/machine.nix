# Two servers behind nginx, one of them with a network of its own, and what is common beside them.
{ lib, pkgs, ... }:
{
  services.opencode = {
    defaults.auth.generate = true;
    instances = {
      web = {
        nginx.domain = "web.example";
        nginx.virtualHost = {
          forceSSL = true;
          # test.py makes them.
          sslCertificate = "/var/lib/tls/web.pem";
          sslCertificateKey = "/var/lib/tls/web.key";
        };
      };
      isolated = {
        network.isolate = true;
        nginx.domain = "isolated.example";
      };
    };
  };

  services.nginx = {
    recommendedGzipSettings = true;
    recommendedProxySettings = true;
    # With nothing but the address, to show what the settings are for.
    virtualHosts."plain.example".locations."/".proxyPass =
      "http://127.0.0.1:${toString (import ../../nixos/port.nix { inherit lib; } "web")}";
  };
  # Its only command is a test of nginx.conf, and its script a folder in the store, which a render has none of.
  systemd.services.nginx.preStart = lib.mkForce "";

  environment.systemPackages = [ pkgs.openssl ];
  environment.etc."opencode-tests/clients.py".source = ./clients.py;
}
