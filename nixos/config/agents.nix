# Agents: who does the work, with which model, prompt and permissions.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    enum
    ints
    number
    str
    ;

  colour = types.union [
    types.hexColor
    (enum [
      "primary"
      "secondary"
      "accent"
      "success"
      "warning"
      "error"
      "info"
    ])
  ];

  # Upstream leaves agents open: keys it does not know are handed to the model as options.
  agent = types.openObject types.json {
    model = declare.optional str {
      example = "anthropic/claude-opus-4-5";
      description = "The model of this agent, as `provider/model`. When unset, that of the session.";
    };

    variant = declare.optional str {
      example = "high";
      description = ''
        The variant of the model, by its name in `provider.<name>.models.<name>.variants` or in the model catalogue.
        It applies only while the agent runs on its own model.
      '';
    };

    temperature = declare.optional number {
      example = 0.2;
      description = "Sampling temperature, from 0 (the same answer every time) up. When unset, the model's own.";
    };

    top_p = declare.optional number {
      example = 0.9;
      description = "Share of the probability mass that tokens are drawn from, from 0 to 1. When unset, the model's own.";
    };

    prompt = declare.optional str {
      example = "You review changes and never edit files.";
      description = ''
        The system prompt. `{file:/path}` in it is replaced by that file's text when the server starts; a file that is
        missing keeps the server from starting.
      '';
    };

    tools = declare.map bool {
      example = {
        write = false;
      };
      description = ''
        Tools switched on or off, by name; a trailing `*` in a name matches any rest. Superseded upstream by
        `permission`, which can also ask.
      '';
    };

    disable = declare.optional bool {
      description = "Whether to remove this agent, also a built-in one. When unset, it stays.";
    };

    description = declare.optional str {
      example = "Reviews changes for correctness";
      description = "What the agent is for. Other agents choose a subagent by this text.";
    };

    mode =
      declare.optional
        (enum [
          "subagent"
          "primary"
          "all"
        ])
        {
          description = ''
            Who can start the agent: a person (`primary`), another agent (`subagent`) or both (`all`). When unset, an agent
            of your own is `all`.
          '';
        };

    hidden = declare.optional bool {
      description = ''
        Whether to leave a subagent out of the `@` completion. Other agents can still start it. When unset, it is listed.
      '';
    };

    options = declare.optional types.jsonObject {
      example = {
        reasoningEffort = "high";
      };
      description = "Options passed to the provider with each request of this agent, as they are.";
    };

    color = declare.optional colour {
      example = "#FF5733";
      description = "The agent's colour in the interface: `#RRGGBB`, or a colour of the theme.";
    };

    steps = declare.optional ints.positive {
      example = 20;
      description = ''
        How many rounds of tool use the agent has before it must answer in words. When unset, there is no limit.
      '';
    };

    maxSteps = declare.optional ints.positive {
      example = 20;
      description = "The older name of `steps`. Use `steps`.";
    };

    permission =
      import ./permission-option.nix { inherit lib types declare; } ''
        What this agent may do, over what the top-level `permission` says, and in the same form.
      ''
      // {
        visible = "shallow";
      };
  };
in
{
  agent =
    declare.mapWithKnown
      [
        "build"
        "compaction"
        "explore"
        "general"
        "plan"
        "summary"
        "title"
      ]
      agent
      {
        example = lib.literalExpression ''
          {
            review = {
              description = "Reviews changes for correctness";
              mode = "subagent";
              permission.edit = "deny";
            };
            build.model = "anthropic/claude-opus-4-5";
          }
        '';
        description = ''
          Agents by name. The built-in ones are `build` and `plan` (primary), `general` and `explore` (subagents), and
          `title`, `summary` and `compaction` (used by the server itself); what is set here is laid over them. Any
          other name makes a new agent.
        '';
      };

  mode = declare.mapWithKnown [ "build" "plan" ] agent {
    visible = "shallow";
    description = ''
      The older name of `agent`, for primary agents. Use `agent`.
    '';
  };
}
