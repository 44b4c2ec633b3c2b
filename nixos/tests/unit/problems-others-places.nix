# State directories and projects that are the system's, or another user's; the texts say whose, and what to do.
{ lib, ask, ... }:
let
  inherit (ask) accepts one refuses;

  # Every one of these is refused, with the reason.
  eachRefused =
    reasons: optionName:
    {
      expr = lib.filterAttrs (
        path: reason:
        !lib.any (lib.hasPrefix "services.opencode.instances.x.${optionName}: ${path} ${reason}") (
          ask.errors (one {
            ${optionName} = path;
          })
        )
      ) reasons;
      expected = { };
    };

  users = {
    users.users = {
      alice = {
        isNormalUser = true;
        home = "/home/alice";
      };
      postgres = {
        isSystemUser = true;
        group = "postgres";
        home = "/var/lib/postgresql";
      };
      deep = {
        isSystemUser = true;
        group = "postgres";
        home = "/data/services/deep";
      };
    };
    users.groups.postgres = { };
  };
  withUsers =
    x:
    ask.system {
      imports = [ users ];
      services.opencode.instances = { inherit x; };
    };
in
{
  tests = {
    "a state directory that is the system's is refused, with what it is" = eachRefused {
      "/" = "is a part of the system";
      "/home" = "contains the homes of all users";
      "/srv" = "contains the data of all services";
      "/var/log" = "is a part of the system";
      "/var/log/opencode" = "is a part of the system";
      "/var/cache" = "may be emptied at any time";
      "/var/cache/opencode" = "may be emptied at any time";
      "/usr/local" = "is a part of the system";
      "/etc/opencode" = "is a part of the system";
      "/run/opencode" = "is emptied at each boot";
      "/tmp/opencode" = "is emptied at each boot";
      "/root/opencode" = "is the home of root";
      "/var/lib/private/x" = "is a part of the system";
      "/var/lib/opencode" = "contains all instances";
      "/var/lib/opencode/instance-state" = "contains the state of all instances";
      "/var/lib/opencode/projects" = "contains the projects of all instances";
    } "stateDir";
    "and what would be done to it" = refuses (one { stateDir = "/usr/local"; }) [
      "systemd would make the user of the instance its owner"
      "Name a directory of its own"
    ];
    "a directory that hides or opens the system is refused" = eachRefused {
      "/" = "is a part of the system";
      "/etc" = "is a part of the system";
      "/home" = "contains the homes of all users";
      "/nix/store/x" = "belongs to Nix";
      "/proc/1" = "belongs to the kernel";
      "/run" = "is emptied";
      "/usr" = "is a part of the system";
      "/var/lib" = "contains the state of all services";
    } "directory";
    "a project in /etc, which has its own permissions, is not" = accepts (one {
      directory = "/etc/nixos";
    });
    "places of the operator's are fine" = {
      expr = lib.concatMap (stateDir: ask.errors (one { inherit stateDir; })) [
        "/data/x"
        "/srv/x"
        "/var/lib/x"
        "/nix/persist/x"
        "/var/library"
      ];
      expected = [ ];
    };

    "the home of a person is refused" = refuses (withUsers { stateDir = "/home/alice"; }) [
      "instances.x.stateDir: /home/alice is the home of the user alice"
      "its owner"
    ];
    "the home of a service is refused" = refuses (withUsers { stateDir = "/var/lib/postgresql"; }) [
      "instances.x.stateDir: /var/lib/postgresql is the home of the user postgres"
    ];
    "what has the home of somebody in it is refused" = refuses (withUsers { stateDir = "/data/services"; }) [
      "/data/services contains the home of the user deep, /data/services/deep"
    ];
    "what is in the home of a person is refused" =
      refuses (withUsers { stateDir = "/home/alice/state"; })
        [
          "/home/alice/state is in the home of the user alice, /home/alice, which no other user can enter"
        ];
    "a folder in the home of its own user is fine" = accepts (withUsers {
      user = "alice";
      stateDir = "/home/alice/state";
    });
    "a folder below that of a service is fine" = accepts (withUsers {
      stateDir = "/data/services/deep/x";
    });
    "the state directories of instances are homes, and not refused for that" = accepts (
      ask.instances {
        a.stateDir = "/data/a";
        b.stateDir = "/data/b";
      }
    );
  };
}
