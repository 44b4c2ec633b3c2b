# Who may work on what the server and the hooks write.
{ ask, ... }:
let
  bare = ask.one { };
in
{
  tests = {
    "the instance's own group, or one that was named, may work on what agents write" = {
      expr = map (instance: ask.value (ask.one instance) "opencode-x" "UMask") [
        { }
        { group = "web"; }
        { user = "agent"; }
      ];
      expected = [
        "0007"
        "0007"
        "0007"
      ];
    };
    "a group that only came with a person may not, unless it was named" = {
      expr =
        map
          (
            { alice, instance }:
            ask.value (ask.system {
              users.users.alice = {
                isNormalUser = true;
              }
              // alice;
              services.opencode.instances.x = {
                user = "alice";
              }
              // instance;
            }) "opencode-x" "UMask"
          )
          [
            {
              alice = { };
              instance = { };
            }
            {
              alice.group = "alice";
              instance = { };
            }
            {
              alice = { };
              instance.group = "web";
            }
          ];
      expected = [
        "0077"
        "0007"
        "0007"
      ];
    };
    "what setup and its hooks write is for the owner only" = {
      expr = ask.value bare "opencode-x-setup" "UMask";
      expected = "0077";
    };
    "a group of defaults is named on purpose, too" = {
      expr =
        let
          config = ask.system {
            users.users.alice.isNormalUser = true;
            services.opencode = {
              defaults.group = "web";
              instances.x.user = "alice";
            };
          };
        in
        map (ask.value config "opencode-x") [
          "Group"
          "UMask"
        ];
      expected = [
        "web"
        "0007"
      ];
    };
  };
}
