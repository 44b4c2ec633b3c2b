# How an operator's directives meet ours: single values replace, lists add up, mkForce replaces lists.
{
  lib,
  ask,
  ...
}:
let
  inherit (lib) mkForce mkMerge;

  # The lock has lists of its own: locked-config.nix.
  server =
    instance:
    ask.directive (ask.one {
      lockConfig = false;
      serviceConfig = instance;
    }) "opencode-x";
  overDefaults =
    defaults: instance:
    ask.directive (ask.overDefaults.layered { serviceConfig = defaults; } {
      lockConfig = false;
      serviceConfig = instance;
    }) "opencode-x";
  inUnit =
    unit: directives:
    ask.directive (ask.system {
      services.opencode.instances.x.credentials.ours = "/run/secrets/ours";
      services.opencode.instances.x.environmentFile = "/run/ours.env";
      systemd.services.${unit}.serviceConfig = directives;
    }) unit;

  more = {
    BindPaths = [ "/srv/more" ];
    BindReadOnlyPaths = [ "/srv/more" ];
    EnvironmentFile = [ "/run/more.env" ];
    LoadCredential = [ "more:/run/secrets/more" ];
    ReadOnlyPaths = [ "/srv/more" ];
    StateDirectory = [ "more" ];
    SystemCallFilter = [ "@resources" ];
    TemporaryFileSystem = [ "/srv/more" ];
  };
  # Those of them that were lost or are not last.
  lost =
    found:
    lib.filter (
      name: lib.last (found name) != lib.head more.${name} || (name != "ReadOnlyPaths" && lib.length (found name) < 2)
    ) (lib.attrNames more);

  project = ''"/var/lib/opencode/projects/x"'';
in
{
  tests = {
    "lists of systemd.services are added to ours, in both units" = {
      expr = map (unit: lost (inUnit unit more)) [
        "opencode-x"
        "opencode-x-setup"
      ];
      expected = [
        [ ]
        [ ]
      ];
    };
    "lists of an instance's serviceConfig are added to ours" = {
      expr = lost (
        ask.directive (ask.one {
          credentials.ours = "/run/secrets/ours";
          environmentFile = "/run/ours.env";
          serviceConfig = more;
        }) "opencode-x"
      );
      expected = [ ];
    };
    "what an operator says of system calls comes after what we say, and decides" = {
      expr = server { SystemCallFilter = "@resources"; } "SystemCallFilter";
      expected = [
        "@system-service"
        "~@privileged"
        "~@resources"
        "~io_uring_setup io_uring_enter io_uring_register"
        "@resources"
      ];
    };
    "mkForce in an instance's serviceConfig replaces a list of ours" = {
      expr = server { BindPaths = mkForce [ "/srv/only" ]; } "BindPaths";
      expected = [ "/srv/only" ];
    };
    "mkForce in systemd.services replaces a list of ours" = {
      expr = inUnit "opencode-x" { SystemCallFilter = mkForce [ "@system-service" ]; } "SystemCallFilter";
      expected = [ "@system-service" ];
    };
    "lists of two modules for one instance add up" = {
      expr = lib.drop 2 (
        server (mkMerge [
          { BindPaths = [ "/srv/one" ]; }
          { BindPaths = [ "/srv/two" ]; }
        ]) "BindPaths"
      );
      expected = [
        "/srv/one"
        "/srv/two"
      ];
    };
    "the same lists read as one value from the instance" = {
      expr =
        (ask.one {
          serviceConfig = mkMerge [
            { BindPaths = [ "/srv/one" ]; }
            { BindPaths = [ "/srv/two" ]; }
          ];
        }).services.opencode.instances.x.serviceConfig.BindPaths;
      expected = [
        "/srv/one"
        "/srv/two"
      ];
    };

    "lists of defaults are added between ours and the instance's" = {
      expr = lib.unique (overDefaults { BindPaths = [ "/srv/all" ]; } { BindPaths = [ "/srv/x" ]; } "BindPaths");
      expected = [
        project
        ''"/var/lib/opencode/instance-state/x"''
        "/srv/all"
        "/srv/x"
      ];
    };
    "a list of defaults alone leaves ours in place" = {
      expr = lib.head (overDefaults { BindPaths = [ "/srv/all" ]; } { } "BindPaths");
      expected = project;
    };
    "a single value of defaults replaces ours, and an instance's replaces it" = {
      expr = [
        (overDefaults { TimeoutStopSec = 20; } { } "TimeoutStopSec")
        (overDefaults { TimeoutStopSec = 20; } { TimeoutStopSec = 30; } "TimeoutStopSec")
        (overDefaults { TimeoutStopSec = 20; } { TimeoutStopSec = lib.mkDefault 30; } "TimeoutStopSec")
      ];
      expected = [
        [ "20" ]
        [ "30" ]
        [ "30" ]
      ];
    };
    "conditions and weak values of defaults count, and still give way to the instance" = {
      expr =
        map
          (
            value:
            lib.concatMap (instance: overDefaults { TimeoutStopSec = value; } instance "TimeoutStopSec") [
              { }
              { TimeoutStopSec = 30; }
            ]
          )
          [
            (lib.mkIf true 20)
            (lib.mkIf false 20)
            (lib.mkDefault 20)
            (mkMerge [ (lib.mkIf true 20) ])
          ];
      expected = [
        [
          "20"
          "30"
        ]
        [
          "15"
          "30"
        ]
        [
          "20"
          "30"
        ]
        [
          "20"
          "30"
        ]
      ];
    };
    "a lock of defaults holds against the instance" = {
      expr = overDefaults { TimeoutStopSec = mkForce 20; } { TimeoutStopSec = 30; } "TimeoutStopSec";
      expected = [ "20" ];
    };
    "a list that defaults lock replaces ours and the instance's" = {
      expr = overDefaults { BindPaths = mkForce [ "/srv/all" ]; } { BindPaths = [ "/srv/x" ]; } "BindPaths";
      expected = [ "/srv/all" ];
    };
  };
}
