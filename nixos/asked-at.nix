# The IP address at which a server that listens on an address can be asked, as in a URL. null for a host name: it may lead
# to somebody else, who would be told the password.
{ lib }:
let
  inherit (import ./ranges.nix { inherit lib; }) isAddress;
in
address:
if lib.elem address [ "0.0.0.0" "localhost" ] then
  "127.0.0.1"
else if lib.elem address [ "::" "[::]" ] then
  "[::1]"
else if isAddress address && !lib.hasInfix ":" address || builtins.match "\\[[0-9a-fA-F:.]+]" address != null then
  address
else if builtins.match "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*" address != null then
  "[${address}]"
else
  null
