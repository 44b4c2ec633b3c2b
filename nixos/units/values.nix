# How a value gets into a unit file unchanged.
#
# systemd expands `%` in nearly every directive, and splits only some of them at spaces. Each
# function is named after the directives it serves; ExecStart= has its own in NixOS
# (`utils.escapeSystemdExecArgs`).
{ lib }:
let
  literal = lib.replaceStrings [ "%" ] [ "%%" ];

  # The leading "-" that makes a path optional stays in front of the quotes' content, where systemd
  # looks for it after it has taken the quotes off.
  quoted = path: ''"${literal path}"'';
in
{
  # One value up to the end of the line: WorkingDirectory=, EnvironmentFile=, LoadCredential=,
  # AssertPathExists=, Environment= (which NixOS quotes itself).
  inherit literal;

  # A path in a list that systemd splits at spaces: BindPaths=, ReadWritePaths=, RequiresMountsFor=.
  inherit quoted;

  # A path field of a tmpfiles.d line.
  tmpfiles = quoted;
}
