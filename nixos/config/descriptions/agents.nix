# Agents: who does the work, with which model, prompt and permissions.
{
  agent = {
    exampleText = ''
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

  "agent.<name>.color" = {
    example = "#FF5733";
    description = "The agent's colour in the interface: `#RRGGBB`, or a colour of the theme.";
  };

  "agent.<name>.description" = {
    example = "Reviews changes for correctness";
    description = "What the agent is for. Other agents choose a subagent by this text.";
  };

  "agent.<name>.disable".description = "Whether to remove this agent, also a built-in one. When unset, it stays.";

  "agent.<name>.hidden".description = "Whether to leave a subagent out of the `@` completion. Other agents can still start it. When unset, it is listed.";

  "agent.<name>.maxSteps" = {
    example = 20;
    description = "The older name of `steps`. Use `steps`.";
  };

  "agent.<name>.mode".description = ''
    Who can start the agent: a person (`primary`), another agent (`subagent`) or both (`all`). When unset, an agent
    of your own is `all`.
  '';

  "agent.<name>.model" = {
    example = "anthropic/claude-opus-4-5";
    description = "The model of this agent, as `provider/model`. When unset, that of the session.";
  };

  "agent.<name>.options" = {
    example = {
      reasoningEffort = "high";
    };
    description = "Options passed to the provider with each request of this agent, as they are.";
  };

  "agent.<name>.permission" = {
    visible = "shallow";
    example = {
      bash = {
        "*" = "ask";
        "git *" = "allow";
      };
      edit = "ask";
    };
    description = "What this agent may do, over what the top-level `permission` says, and in the same form.";
  };

  "agent.<name>.prompt" = {
    example = "You review changes and never edit files.";
    description = ''
      The system prompt. `{file:/path}` in it is replaced by that file's text when the server starts; a file that is
      missing keeps the server from starting.
    '';
  };

  "agent.<name>.steps" = {
    example = 20;
    description = "How many rounds of tool use the agent has before it must answer in words. When unset, there is no limit.";
  };

  "agent.<name>.temperature" = {
    example = 0.2;
    description = "Sampling temperature, from 0 (the same answer every time) up. When unset, the model's own.";
  };

  "agent.<name>.tools" = {
    example = {
      write = false;
    };
    description = ''
      Tools switched on or off, by name; a trailing `*` in a name matches any rest. The last name that matches holds: a
      list of sets with one name each sets the order. Superseded upstream by `permission`, which can also ask.
    '';
  };

  "agent.<name>.top_p" = {
    example = 0.9;
    description = "Share of the probability mass that tokens are drawn from, from 0 to 1. When unset, the model's own.";
  };

  "agent.<name>.variant" = {
    example = "high";
    description = ''
      The variant of the model, by its name in `provider.<name>.models.<name>.variants` or in the model catalogue.
      It applies only while the agent runs on its own model.
    '';
  };

  mode = {
    visible = "shallow";
    description = "The older name of `agent`, for primary agents. Use `agent`.";
  };
}
