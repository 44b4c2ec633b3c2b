# How an operator changes the sandbox.
{
  lib,
  ask,
  ...
}:
let
  # Every directive of ours, of both units.
  hardening = import ../../units/hardening.nix;
  singleValues = lib.filterAttrs (_: value: !lib.isList value);
in
{
  tests = {
    "every single value of the sandbox can be replaced with a plain definition" = {
      expr =
        let
          changed =
            unit: directives:
            ask.system {
              services.opencode.instances.x = { };
              systemd.services.${unit}.serviceConfig = lib.mapAttrs (_: _: "changed") directives;
            };
          unchanged =
            unit: directives:
            lib.filter (name: ask.directive (changed unit directives) unit name != [ "changed" ]) (
              lib.attrNames directives
            );
        in
        unchanged "opencode-x" (singleValues hardening.server)
        ++ unchanged "opencode-x-setup" (singleValues hardening.setup);
      expected = [ ];
    };
    "every single value of the server's sandbox can be replaced through the instance" = {
      expr =
        let
          changed = ask.one {
            serviceConfig = lib.mapAttrs (_: _: "changed") (singleValues hardening.server);
          };
        in
        lib.filter (name: ask.directive changed "opencode-x" name != [ "changed" ]) (
          lib.attrNames (singleValues hardening.server)
        );
      expected = [ ];
    };
    "what hooks need can be granted to them: the network" = {
      expr = map (ask.directive (ask.one { hookSandbox.network = true; }) "opencode-x-setup") [
        "PrivateNetwork"
        "RestrictAddressFamilies"
        "IPAddressDeny"
        "MemoryDenyWriteExecute"
        "BindReadOnlyPaths"
      ];
      expected = [
        [ "false" ]
        hardening.server.RestrictAddressFamilies
        [ "" ]
        [ "true" ]
        [
          ''"-/var/lib/opencode/projects/x"''
          ''"-/run/systemd/private"''
          ''"-/run/nscd"''
          ''"-/run/systemd/resolve"''
        ]
      ];
    };
    "what hooks need can be granted to them: code that is made while they run" = {
      expr = map (ask.value (ask.one { hookSandbox.compileAtRunTime = true; }) "opencode-x-setup") [
        "PrivateNetwork"
        "MemoryDenyWriteExecute"
        "ProcSubset"
      ];
      expected = [
        "true"
        "false"
        "all"
      ];
    };
    "readOnlyGit holds .git in its place, and its configuration and hooks still" = {
      expr =
        let
          config = ask.one {
            directory = "/srv/x";
            sandbox.readOnlyGit = true;
          };
        in
        [
          (lib.elem ''"-/srv/x/.git"'' (ask.directive config "opencode-x" "BindPaths"))
          (lib.filter (lib.hasInfix ".git") (ask.directive config "opencode-x" "BindReadOnlyPaths"))
        ];
      expected = [
        true
        [
          ''"-/srv/x/.git/config"''
          ''"-/srv/x/.git/hooks"''
        ]
      ];
    };
    "readOnlyGit of defaults reaches an instance, which may say otherwise, unless it is locked" = {
      expr =
        map
          (
            { all, x }:
            (ask.overDefaults.optionsOf { sandbox.readOnlyGit = all; } { sandbox = x; }).sandbox.readOnlyGit
          )
          [
            {
              all = true;
              x = { };
            }
            {
              all = true;
              x.readOnlyGit = false;
            }
            {
              all = lib.mkForce true;
              x.readOnlyGit = false;
            }
          ];
      expected = [
        true
        false
        true
      ];
    };
  };
}
