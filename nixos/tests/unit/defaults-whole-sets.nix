# What of services.opencode.defaults holds where an instance gives a whole set of options a priority of its own.
{ lib, ask, ... }:
let
  inherit (lib) mkDefault mkForce;

  inherit (ask.overDefaults) configOf optionsOf;
in
{
  tests = {
    "an instance's mkDefault for a whole set beats the default, and the two are merged" = {
      expr =
        let
          x =
            optionsOf
              {
                environment = {
                  A = "default";
                  B = "default";
                };
                serviceConfig.MemoryMax = "1G";
                config.agent.review = {
                  model = "a";
                  mode = "subagent";
                };
                config.permission.bash = "ask";
              }
              {
                environment = mkDefault { A = "own"; };
                serviceConfig = mkDefault { MemoryMax = "4G"; };
                config.agent.review = mkDefault { model = "b"; };
                config.permission = mkDefault "allow";
              };
        in
        [
          x.environment
          x.serviceConfig
          { inherit (x.config.agent.review) model mode; }
          x.config.permission
        ];
      expected = [
        {
          A = "own";
          B = "default";
        }
        { MemoryMax = "4G"; }
        {
          model = "b";
          mode = "subagent";
        }
        "allow"
      ];
    };
    "an instance that is defined at mkForce counts, what that replaces does not" = {
      expr =
        (ask.system {
          imports = [
            { services.opencode.instances.x = mkForce { environment = mkDefault { A = "own"; }; }; }
            { services.opencode.instances.x.environment.C = "replaced"; }
          ];
          services.opencode.defaults.environment = {
            A = "default";
            B = "default";
          };
        }).services.opencode.instances.x.environment;
      expected = {
        A = "own";
        B = "default";
      };
    };
    "an instance's mkForce for a whole section replaces it" = {
      expr = configOf { agent.review.model = "a"; } { agent = mkForce { plan.model = "b"; }; };
      expected.agent.plan.model = "b";
    };
    "a whole config of an instance as a module, at mkDefault, beats the default" = {
      expr = configOf { model = "a"; } (mkDefault ({ lib, ... }: { model = lib.mkDefault "b"; }));
      expected.model = "b";
    };
  };
}
