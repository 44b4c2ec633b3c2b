# What differs between the majors of opencode: a table each, with the same attributes. Nothing else asks for a major.
{ lib }:
let
  tables = {
    "1" = import ./1.nix;
    "2" = import ./2.nix { inherit lib; };
  };

  # As `opencodeMajor` or the version of the package says. A preview of 2 has the version 0.0.0-next-..., a wrapper none.
  majorOf =
    cfg:
    if cfg.opencodeMajor != null then
      toString cfg.opencodeMajor
    else
      lib.head (builtins.split "[^0-9]" (lib.getVersion cfg.package));
in
{
  # The table of an instance; that of 1 where nothing says which, for errors to be told (problems/majors.nix).
  of = cfg: tables.${majorOf cfg} or tables."1";

  # Whether an instance has a table.
  isKnown = cfg: tables ? ${majorOf cfg};
}
