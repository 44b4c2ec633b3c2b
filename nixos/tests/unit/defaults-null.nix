# null in an instance takes away what services.opencode.defaults say, and what the module itself sets.
{ lib, ask, ... }:
let
  inherit (ask.overDefaults) configOf layered;
in
{
  tests = {
    "null in an instance unsets extraConfig" = {
      expr = configOf { extraConfig.some_new_key = 1; } { extraConfig = null; };
      expected = { };
    };

    "null in an instance unsets" = {
      expr =
        let
          defaults = {
            environmentFile = "/run/secrets/a.env";
            logLevel = "WARN";
            preInitScript = "true";
            configFile = "/etc/own.json";
            environment.A = "1";
            config = {
              model = "a";
              permission.bash = "ask";
              compaction.auto = true;
            };
          };
          config = layered defaults {
            environmentFile = null;
            logLevel = null;
            preInitScript = null;
            configFile = null;
            environment.A = null;
            config = {
              model = null;
              permission = null;
              compaction.auto = null;
            };
          };
        in
        [
          (ask.directive config "opencode-x" "EnvironmentFile")
          (lib.hasInfix "--log-level" (ask.value config "opencode-x" "ExecStart"))
          (ask.manifest config "x").preInit
          (ask.variable config "opencode-x" "A")
          (ask.configText config "x")
        ];
      expected = [
        [ ]
        false
        null
        null
        ''{"$schema":"https://opencode.ai/config.json"}''
      ];
    };
    "null in an instance takes a variable of ours away" = {
      expr = ask.variable (ask.one {
        environment.OPENCODE_DISABLE_AUTOUPDATE = null;
      }) "opencode-x" "OPENCODE_DISABLE_AUTOUPDATE";
      expected = null;
    };
  };
}
