# The port of an instance that names none.
#
# The same name gives the same port on every machine and for ever, so two instances that say
# nothing both start, and a client may be pointed at one before it exists. The range begins above
# the ports that well-known services like and ends below 32768, where Linux starts to hand out
# ephemeral ports. By hand:
#
#   echo $((12000 + 0x$(printf %s NAME | sha256sum | cut -c1-8) % 20000))
#
# Two names may meet on one port: an assertion says so, and `listen.port` settles it.
{ lib }:
name:
let
  first = 12000;
  count = 20000;
  digest = builtins.substring 0 8 (builtins.hashString "sha256" name);
in
first + lib.mod (lib.fromHexString digest) count
