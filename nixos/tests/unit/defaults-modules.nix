# services.opencode.defaults of several modules, and as a module.
{ lib, ask, ... }:
let
  inherit (lib)
    mkAfter
    mkDefault
    mkIf
    mkMerge
    ;

  inherit (ask.overDefaults) layered;
in
{
  tests = {
    "modules that define defaults are merged, with their priorities" = {
      expr = ask.configOf (ask.system {
        imports = [
          { services.opencode.defaults.config.model = mkDefault "weak"; }
          { services.opencode.defaults.config.model = "strong"; }
          { services.opencode.defaults.config.permission = mkIf true { edit = "ask"; }; }
          { services.opencode.defaults.config.permission.bash = mkIf false "deny"; }
          {
            services.opencode.defaults.config.instructions = mkMerge [
              (mkAfter [ "last.md" ])
              [ "first.md" ]
            ];
          }
        ];
        services.opencode.instances.x = { };
      }) "x";
      expected = {
        model = "strong";
        permission.edit = "ask";
        instructions = [
          "first.md"
          "last.md"
        ];
      };
    };

    "a module as the value of defaults.config works like a set" = {
      expr = ask.configOf (layered {
        config =
          { pkgs, ... }:
          {
            model = "a";
            provider.local.npm = pkgs.jq.pname;
          };
      } { config.model = "b"; }) "x";
      expected = {
        model = "b";
        provider.local.npm = "jq";
      };
    };
  };
}
