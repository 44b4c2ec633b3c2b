# Keys of agents that the server would take for options of the model.
{ ask, ... }:
let
  inherit (ask) accepts one refuses;
in
{
  tests = {
    "an agent that is primary is refused, since the server would ask the model for that" =
      refuses (one { config.agent.review.primary = true; })
        [
          "services.opencode.instances.x.config.agent.review.primary: opencode does not know this key"
          "Set `mode = \"primary\"`"
        ];
    "so is one of defaults, and one that is not" =
      refuses
        (ask.of {
          defaults.config.agent."my.agent".primary = false;
          instances.x = { };
        })
        [
          "instances.x.config.agent.\"my.agent\".primary: "
        ];
    "another option of the model is not" = accepts (one {
      config.agent.review = {
        mode = "primary";
        reasoningEffort = "high";
      };
    });
  };
}
