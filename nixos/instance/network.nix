# A network of the server's own, and what leads out of it.
{
  lib,
  pkgs,
  path,
}:
let
  inherit (lib) mkOption types;

  ranges = import ../ranges.nix { inherit lib; };

  # A name, or "*." and a name. What is no name of a host would be a pattern of another kind to the proxy, and whatever ends
  # in a number is an address to some program.
  domain =
    types.addCheck (types.strMatching "([*][.])?[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?([.][a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*") (
      name: builtins.match "(.*[.])?([0-9]+|0[xX][0-9a-fA-F]*)" name == null
    )
    // {
      description = "name of a host, or \"*.\" and a domain; an address is for `allowedAddresses`";
    };

  address = types.addCheck types.str ranges.isRange // {
    description = "IP address or range of them (CIDR)";
  };

  # systemd and squid have no port 0.
  port = types.ints.between 1 65535;
in
{
  network = {
    isolate = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the server has a network namespace of its own, which contains only a loopback interface. Clients reach
        the server at `listen` as before. The server reaches only what `allowedDomains`, `allowedHostPorts`,
        `credentials` and `sandbox.unixSockets.allow` name. With `false`, it has the network of the host: all of the
        Internet, and every service on the host's loopback interface, including other instances.
      '';
    };

    allowedDomains = mkOption {
      type = types.listOf domain;
      default = [ ];
      example = [
        "api.anthropic.com"
        "*.github.com"
      ];
      description = ''
        With `isolate`, the hosts that the server may reach, through an HTTP proxy. `*.github.com` stands for every host
        below `github.com`, and not for `github.com`. A request for an address instead of a name is refused, and so is a
        name that resolves to an address of the host or of a private network: see `allowedAddresses`.
      '';
    };

    allowedPorts = mkOption {
      type = types.listOf port;
      default = [ 443 ];
      description = "The ports of `allowedDomains`. 80 is for HTTP without TLS.";
    };

    allowedAddresses = mkOption {
      type = types.listOf address;
      default = [ ];
      example = [ "10.20.0.0/16" ];
      description = ''
        Private, local or link-local addresses to which the names in `allowedDomains` may resolve. A name that also
        resolves to such an address that is not listed here is refused. The server may also connect to these addresses
        directly, without a name.
      '';
    };

    allowedHostPorts = mkOption {
      type = types.listOf port;
      default = [ ];
      example = [ 11434 ];
      description = ''
        With `isolate`, TCP ports of the host's 127.0.0.1 that the server reaches at the same ports of its own 127.0.0.1:
        for a model server or a database, for example.
      '';
    };

    logAllowed = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the journal also has a line for each allowed connection. It always has one for each refused connection.";
    };

    credentials = import ./network-credentials.nix { inherit lib path; };

    proxyPackage = lib.mkPackageOption pkgs "squid" {
      extraDescription = "It runs as `opencode-<name>-proxy`, outside the server's network namespace.";
    };
  };
}
