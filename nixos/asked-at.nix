# From where a server that listens there can be asked. A name is nobody's address for sure: the password would go to
# whoever it leads to.
{ lib }:
address:
if lib.elem address [ "0.0.0.0" "localhost" ] then
  "127.0.0.1"
else if lib.elem address [ "::" "[::]" ] then
  "[::1]"
else if builtins.match "[0-9]+([.][0-9]+){3}|\\[[0-9a-fA-F:.]+]" address != null then
  address
else if builtins.match "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*" address != null then
  "[${address}]"
else
  null
