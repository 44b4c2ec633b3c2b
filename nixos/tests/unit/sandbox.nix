# What the two units cannot do, and how an operator lets them.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  # The lock has mounts of its own: locked-config.nix.
  bare = ask.one { lockConfig = false; };
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  both = name: map (unit: ask.value bare unit name) units;

  granted = ask.one {
    lockConfig = false;
    sandbox = {
      readWritePaths = [
        "/srv/shared"
        "-/srv/perhaps"
      ];
      readOnlyPaths = [ "/home/alice/reference" ];
      unixSockets.allow = [ "/run/postgresql" ];
    };
  };
in
{
  tests = {
    "the file system is read-only in both units" = {
      expr = both "ProtectSystem";
      expected = [
        "strict"
        "strict"
      ];
    };
    "the server writes to directory and stateDir only" = {
      expr = [
        (ask.directive bare "opencode-x" "BindPaths")
        (ask.directive bare "opencode-x" "StateDirectory")
        (ask.directive bare "opencode-x" "ReadWritePaths")
      ];
      expected = [
        [
          ''"/var/lib/opencode/projects/x"''
          ''"/var/lib/opencode/instance-state/x"''
        ]
        [ "opencode/instance-state/x" ]
        [ ]
      ];
    };
    "the owner writes to stateDir only in setup: directory is read-only for it" = {
      expr = map (ask.directive bare "opencode-x-setup") [
        "BindPaths"
        "BindReadOnlyPaths"
        "StateDirectory"
        "ReadWritePaths"
      ];
      expected = [
        [
          ''"/var/lib/opencode/instance-state/x"''
          ''"/run/opencode-applied/x"''
        ]
        [
          ''"-/var/lib/opencode/projects/x"''
          ''"-/run/systemd/private"''
        ]
        [ "opencode/instance-state/x" ]
        [ ]
      ];
    };
    "what sandbox grants to the server, setup does not get" = {
      expr = ask.unitText granted "opencode-x-setup" == ask.unitText bare "opencode-x-setup";
      expected = true;
    };
    "setup has no network" = {
      expr = map (ask.value bare "opencode-x-setup") [
        "PrivateNetwork"
        "RestrictAddressFamilies"
        "IPAddressDeny"
      ];
      expected = [
        "true"
        "none"
        "any"
      ];
    };

    "readWritePaths are bound writable, a dash makes one optional" = {
      expr = ask.directive granted "opencode-x" "BindPaths";
      expected = [
        ''"/var/lib/opencode/projects/x"''
        ''"/var/lib/opencode/instance-state/x"''
        ''"/srv/shared"''
        ''"-/srv/perhaps"''
      ];
    };
    "readOnlyPaths and sockets are bound read-only" = {
      expr = lib.filter (path: !lib.hasPrefix ''"-'' path) (
        ask.directive granted "opencode-x" "BindReadOnlyPaths"
      );
      expected = [
        ''"/run/opencode-applied/x"''
        ''"/home/alice/reference"''
        ''"/run/postgresql"''
      ];
    };
    "sockets that are not allowed are out of sight, names still resolve" = {
      expr = [
        (map (unit: lib.head (ask.directive bare unit "TemporaryFileSystem")) units)
        (ask.directive bare "opencode-x" "BindReadOnlyPaths")
      ];
      expected = [
        [
          "/run:ro"
          "/run:ro"
        ]
        [
          ''"-/run/current-system"''
          ''"-/run/nscd"''
          ''"-/run/systemd/resolve"''
          ''"/run/opencode-applied/x"''
          # For root's systemctl alone.
          ''"-/run/systemd/private"''
        ]
      ];
    };
    "a configFile on the machine is in sight of both units, one in the store is anyway" = {
      expr =
        map
          (
            configFile:
            map (
              unit:
              lib.filter (lib.hasInfix "json") (
                ask.directive (ask.one {
                  inherit configFile;
                  lockConfig = false;
                }) unit "BindReadOnlyPaths"
              )
            ) units
          )
          [
            "/home/alice/own.json"
            (pkgs.writeText "own.json" "{}")
          ];
      expected = [
        [
          [ ''"-/home/alice/own.json"'' ]
          [ ''"-/home/alice/own.json"'' ]
        ]
        [
          [ ]
          [ ]
        ]
      ];
    };

    "temporary files are private, for the server uses a fixed folder" = {
      expr = both "PrivateTmp";
      expected = [
        "true"
        "true"
      ];
    };
    "shared memory is private" = {
      expr = [
        (map (unit: lib.elem "/dev/shm:mode=1777" (ask.directive bare unit "TemporaryFileSystem")) units)
        (both "PrivateIPC")
      ];
      expected = [
        [
          true
          true
        ]
        [
          "true"
          "true"
        ]
      ];
    };
    "a filtered system call fails, it does not kill" = {
      expr = both "SystemCallErrorNumber";
      expected = [
        "EPERM"
        "EPERM"
      ];
    };
    "timers stay allowed: no filter takes @timer away" = {
      expr = lib.concatMap (unit: ask.directive bare unit "SystemCallFilter") units;
      expected = [
        "@system-service"
        "~@privileged"
        "~@resources"
        "~io_uring_setup io_uring_enter io_uring_register"
        "@system-service"
        "~@privileged"
        "~@resources"
        "~io_uring_setup io_uring_enter io_uring_register"
      ];
    };
    "the server can count its processors" = {
      expr = ask.directive bare "opencode-x" "ProcSubset";
      expected = [ ];
    };
    "JIT pages stay allowed for the server" = {
      expr = ask.directive bare "opencode-x" "MemoryDenyWriteExecute";
      expected = [ ];
    };

    "the folder of all instances holds only what is the instance's" = {
      expr = map (
        unit: lib.elem "/var/lib/opencode:ro" (ask.directive bare unit "TemporaryFileSystem")
      ) units;
      expected = [
        true
        true
      ];
    };

  };
}
