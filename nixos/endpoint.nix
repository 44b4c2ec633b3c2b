# An address and a port as one text, which systemd takes as well.
{ lib }:
address: port:
"${
  if lib.hasInfix ":" address && !lib.hasPrefix "[" address then "[${address}]" else address
}:${toString port}"
