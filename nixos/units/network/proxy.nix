# The proxy of one instance: its lists are in its configuration, so that no other instance has a part in them.
#
# squid, since it judges names by the addresses that they resolve to (`dst`); tinyproxy only sees names.
{ lib, pkgs }:
name: cfg: names:
let
  inherit (cfg) network;
  ranges = import ../../ranges.nix { inherit lib; };

  isWildcard = lib.hasPrefix "*.";
  exact = lib.filter (domain: !isWildcard domain) network.allowedDomains;
  wildcards = lib.filter isWildcard network.allowedDomains;

  # Addresses at which there is no host of the Internet: this host, its networks, link-local ones (and with them the
  # metadata services of clouds), shared, reserved and multicast ones, and IPv6 addresses that have an IPv4 one inside.
  private = [
    "0.0.0.0/8"
    "10.0.0.0/8"
    "100.64.0.0/10"
    "127.0.0.0/8"
    # Azure's own, which gives a machine its secrets.
    "168.63.129.16"
    "169.254.0.0/16"
    "172.16.0.0/12"
    "192.0.0.0/24"
    "192.168.0.0/16"
    "198.18.0.0/15"
    "224.0.0.0/3"
    "::/96"
    "64:ff9b::/96"
    "64:ff9b:1::/48"
    "2001::/32"
    "2002::/16"
    "fc00::/7"
    "fe80::/10"
    "fec0::/10"
    "ff00::/8"
  ];

  # A line for each value: squid reads no more than 8191 characters of one.
  acl = id: kind: map (value: "acl ${id} ${kind} ${toString value}");
  # `dst` holds where one of the addresses of a name is in the list, and squid may connect to any of them. So a name that has
  # one that was given and one that was not must be refused: what was given is no part of the list.
  refused = ranges.subtract private network.allowedAddresses;
in
pkgs.writeText "opencode-${name}-squid.conf" (
  lib.concatLines (
    [
      "http_port ${names.proxyAddress}:${toString names.proxyPort}"
      "visible_hostname ${names.proxy}"
      "pid_filename none"
      "cache_log /dev/null"
      "coredump_dir none"
      "cache deny all"
      "cache_mem 0 MB"
      "memory_pools off"
      "pinger_enable off"
      "client_db off"
      "max_filedescriptors 16384"
      "shutdown_lifetime 1 second"
      # How long an answer of the DNS is kept at least, whatever TTL it comes with: the check and the connection use the
      # same one, so that a name cannot lead elsewhere in between.
      "negative_dns_ttl 1 minute"
      # Nobody is told who asks.
      "via off"
      "forwarded_for delete"
      "httpd_suppress_version_string on"
    ]
    # "-n": an address has no name here. Whoever owns one may say in the DNS that it is api.anthropic.com.
    ++ acl "names" "dstdomain -n" exact
    ++ acl "wildcards" "dstdom_regex -n -i" (
      # Letters of names only: squid takes "a/b" for one as well.
      map (domain: "^([a-z0-9_-]+\\.)+${lib.escapeRegex (lib.removePrefix "*." domain)}$") wildcards
    )
    ++ acl "ports" "port" network.allowedPorts
    ++ acl "private" "dst" refused
    ++ acl "given" "dst" network.allowedAddresses
    ++ [
      "acl number dstdom_regex -n ^[0-9.]+$ ^\\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\\]?$"
      # These hold of every request, and note down why it is refused.
      "acl for_domain annotate_transaction refused=domain"
      "acl for_protocol annotate_transaction refused=protocol"
      "acl for_port annotate_transaction refused=port"
      "acl for_address annotate_transaction refused=address"
      "acl refused note refused"
      # What squid could not read is neither allowed nor refused.
      "acl let annotate_transaction allowed=yes"
      "acl allowed note allowed"
      "acl tunnel method CONNECT"
      "acl http proto HTTP HTTPS"
      "http_access deny manager for_domain"
      # It also speaks FTP, where the host says which address the data is at, and whois.
      "http_access deny !tunnel !http for_protocol"
    ]
    ++ (
      if network.allowedPorts == [ ] then
        [ "http_access deny for_port" ]
      else
        [ "http_access deny !ports for_port" ]
    )
    ++ lib.optional (network.allowedAddresses != [ ]) "http_access allow number given let"
    ++ [
      "http_access deny ${
        lib.optionalString (exact != [ ]) "!names "
      }${lib.optionalString (wildcards != [ ]) "!wildcards "}for_domain"
    ]
    ++ lib.optional (refused != [ ]) "http_access deny private for_address"
    ++ [
      "http_access allow let"
      "logformat refusal refused instance=${name} domain=%>rd port=%>rP method=%rm because=%{refused}note"
      "access_log syslog:daemon.warning logformat=refusal refused"
    ]
    ++ lib.optionals network.logAllowed [
      "logformat allowance allowed instance=${name} domain=%>rd port=%>rP method=%rm status=%>Hs sent=%>st received=%<st"
      "access_log syslog:daemon.info logformat=allowance allowed"
    ]
  )
)
