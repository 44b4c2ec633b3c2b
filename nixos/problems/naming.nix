# What the rules say things with, and find sharers with.
{ lib }:
{
  # An option of an instance, as one would write it: `instances."my.proj".user`.
  option =
    name: what:
    "${
      lib.showOption [
        "services"
        "opencode"
        "instances"
        name
      ]
    }.${what}";
  names = lib.concatStringsSep ", ";

  # { <value> = [ <name> ... ]; } of the values that more than one instance has.
  shared =
    valueOf: instances:
    lib.filterAttrs (_: sharers: lib.length sharers > 1) (
      lib.groupBy (name: valueOf instances.${name}) (lib.attrNames instances)
    );
}
