# The virtual host of nginx through which clients elsewhere reach the server.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  nginx = {
    domain = mkOption {
      type = types.nullOr (
        types.strMatching "[a-zA-Z0-9_-]+([.][a-zA-Z0-9_-]+)*" // {
          description = "name of a host";
        }
      );
      default = null;
      example = "web.example.org";
      description = ''
        The name of a virtual host of nginx that passes requests on to this server. With `null`, there is none. Its
        timeouts let event streams and terminals stay open for a day. The server needs a password. The firewall is not
        opened.
      '';
    };

    virtualHost = mkOption {
      type = types.deferredModule;
      default = { };
      example = {
        forceSSL = true;
        enableACME = true;
      };
      description = ''
        Options of `services.nginx.virtualHosts.<domain>`. Without one of those for TLS, such as `forceSSL`, the password
        travels in clear text.
      '';
    };
  };
}
