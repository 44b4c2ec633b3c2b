# Addresses to listen on that look like numbers and are none. Some programs make another address of "1.2.3", others a name.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  inherit (import ../ranges.nix { inherit lib; }) isAddress;

  looksLikeOne = address: builtins.match "[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*" address != null;
in
instances:
lib.mapAttrsToList (
  name: cfg:
  "${option name "listen.address"} is \"${cfg.listen.address}\", which is not an IP address. Write all four numbers of an IPv4 address, each up to 255 and without leading zeros, or all of an IPv6 address."
) (
  lib.filterAttrs (
    _: cfg: looksLikeOne cfg.listen.address && !isAddress cfg.listen.address
  ) instances
)
