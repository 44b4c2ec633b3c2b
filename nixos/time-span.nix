# Spans of time as options, and what they are in seconds.
{ lib }:
let
  inherit (lib) types;

  units = {
    s = 1;
    min = 60;
    h = 60 * 60;
    d = 24 * 60 * 60;
  };
  pattern = "([1-9][0-9]*) ?(s|min|h|d)";
in
{
  type = types.either types.ints.positive (types.strMatching pattern) // {
    description = "number of seconds, or a number with one of the units s, min, h, d";
  };

  seconds =
    span:
    if lib.isInt span then
      span
    else
      let
        parts = builtins.match pattern span;
      in
      lib.toIntBase10 (lib.head parts) * units.${lib.last parts};
}
