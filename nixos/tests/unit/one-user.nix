# Several instances of one user, whom owners do not separate.
{ lib, ask, ... }:
let
  system =
    instances:
    ask.system {
      users.users.alice.isNormalUser = true;
      services.opencode.instances = lib.mapAttrs (_: instance: { user = "alice"; } // instance) instances;
    };
  three = system {
    one = { };
    two = { };
    three.stateDir = "/srv/state-of-three";
  };
  alone = system { one = { }; };
  of = config: name: ask.directive config "opencode-one" name;
in
{
  tests = {
    "they are not refused" = ask.accepts three;
    "they are warned about, once" = ask.warns three [
      "services.opencode.instances: one, three, two run as the same user, alice."
      "with systemd 257 or later"
      "Leave `user` out"
    ];
    "one alone is not" = ask.isSilent alone;
    "a disabled one does not count" = ask.isSilent (system {
      one = { };
      two.enable = false;
    });
    "their servers are in process namespaces of their own, where SIGTERM reaches them" = {
      expr = [
        (of three "PrivatePIDs")
        (of three "SuccessExitStatus")
        (lib.hasInfix "-opencode-one-as-second-process" (ask.value three "opencode-one" "ExecStart"))
      ];
      expected = [
        [ "true" ]
        [ "143" ]
        true
      ];
    };
    "one alone is in that of the machine" = {
      expr = [
        (of alone "PrivatePIDs")
        (of alone "InaccessiblePaths")
        (lib.hasInfix "second-process" (ask.value alone "opencode-one" "ExecStart"))
      ];
      expected = [
        [ ]
        [ ]
        false
      ];
    };
    "a state directory outside the folder of all is closed to the others, in both units" = {
      expr = map (unit: ask.directive three unit "InaccessiblePaths") [
        "opencode-one"
        "opencode-one-setup"
        "opencode-three"
      ];
      expected = [
        [ ''"-/srv/state-of-three"'' ]
        [ ''"-/srv/state-of-three"'' ]
        [ ]
      ];
    };
  };
}
