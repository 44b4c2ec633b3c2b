# Whether only programs of this machine reach a server that listens on an address.
{ lib }:
address:
builtins.match "127[.][0-9.]+" address != null
|| lib.elem address [
  "::1"
  "[::1]"
  "localhost"
]
