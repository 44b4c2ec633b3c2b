# The users and groups that instances run as: their own, or somebody else's.
{ lib, ask, ... }:
let
  bare = ask.one { };

  usersOf =
    config:
    lib.mapAttrs (_: user: {
      inherit (user) group home isSystemUser;
    }) (lib.filterAttrs (name: _: lib.hasPrefix "opencode" name) config.users.users);
in
{
  tests = {
    "each instance has a static system user and group of its own" = {
      expr = usersOf (
        ask.instances {
          a = { };
          b = { };
        }
      );
      expected = {
        opencode-a = {
          group = "opencode-a";
          home = "/var/lib/opencode/instance-state/a";
          isSystemUser = true;
        };
        opencode-b = {
          group = "opencode-b";
          home = "/var/lib/opencode/instance-state/b";
          isSystemUser = true;
        };
      };
    };

    "user and group are those of both units, and are made" = {
      expr =
        let
          config = ask.one {
            user = "agent";
            group = "agents";
          };
        in
        [
          (map (unit: [
            (ask.value config unit "User")
            (ask.value config unit "Group")
          ]) (ask.unitNames config))
          config.users.users.agent.isSystemUser
          (config.users.groups ? agents)
          (ask.errors config)
        ];
      expected = [
        [
          [
            "agent"
            "agents"
          ]
          [
            "agent"
            "agents"
          ]
        ]
        true
        true
        [ ]
      ];
    };

    "a user that somebody declared keeps what it did not say, too" = {
      expr =
        let
          inherit
            (ask.system {
              users.users = {
                alice.isNormalUser = true;
                mirror = {
                  isSystemUser = true;
                  group = "mirror";
                };
              };
              services.opencode.instances = {
                x.user = "alice";
                y.user = "mirror";
              };
            })
            users
            ;
        in
        map
          (user: {
            inherit (users.users.${user}) description home;
          })
          [
            "alice"
            "mirror"
          ];
      expected = [
        {
          description = "";
          home = "/home/alice";
        }
        {
          description = "";
          home = "/var/empty";
        }
      ];
    };
    "a user that somebody declared stays as it was declared" = {
      expr =
        let
          config = ask.system {
            users.users.alice = {
              isNormalUser = true;
              description = "Alice";
            };
            services.opencode.instances.x.user = "alice";
          };
        in
        {
          inherit (config.users.users.alice)
            description
            group
            home
            isNormalUser
            isSystemUser
            ;
          failed = map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);
        };
      expected = {
        description = "Alice";
        group = "users";
        home = "/home/alice";
        isNormalUser = true;
        isSystemUser = false;
        failed = [ ];
      };
    };

    "a service that has a group keeps it, and no other is made" = {
      expr =
        let
          config = ask.system {
            users.users.svc = {
              isSystemUser = true;
              group = "svcg";
            };
            users.groups.svcg = { };
            services.opencode.instances.x.user = "svc";
          };
        in
        [
          (map (unit: ask.value config unit "Group") (ask.unitNames config))
          config.users.users.svc.group
          (config.users.groups ? svc)
          (ask.errors config)
        ];
      expected = [
        [
          "svcg"
          "svcg"
        ]
        "svcg"
        false
        [ ]
      ];
    };
    "a person's units have the person's primary group" = {
      expr =
        let
          groupOf =
            alice:
            ask.value (ask.system {
              users.users.alice = {
                isNormalUser = true;
              }
              // alice;
              services.opencode.instances.x.user = "alice";
            }) "opencode-x" "Group";
        in
        map groupOf [
          { }
          { group = "alice"; }
        ];
      expected = [
        "users"
        "alice"
      ];
    };

    "extraGroups are the user's" = {
      expr = (ask.one { extraGroups = [ "media" ]; }).users.users.opencode-x.extraGroups;
      expected = [ "media" ];
    };
  };
}
