# Slash commands.
{
  command = {
    exampleText = ''
      {
        review = {
          template = "Review the changes on this branch: $ARGUMENTS";
          agent = "review";
        };
      }
    '';
    description = "Commands that can be started as `/<name>`. A name that is built in replaces the built-in command.";
  };

  "command.<name>.agent" = {
    example = "review";
    description = "The agent that runs it. When unset, that of the session.";
  };

  "command.<name>.description" = {
    example = "Review the current branch";
    description = "What the list of commands says about it.";
  };

  "command.<name>.model" = {
    example = "anthropic/claude-opus-4-5";
    description = "The model that runs it, as `provider/model`. When unset, that of the agent.";
  };

  "command.<name>.subtask".description = ''
    Whether to run it as a subagent, so that the session is not filled with its work. When unset, it is run so
    if its agent is a subagent.
  '';

  "command.<name>.template" = {
    example = "Review the changes on this branch: $ARGUMENTS";
    description = ''
      The prompt that the command stands for. `$ARGUMENTS` and `$1`, `$2`, ... are replaced by what was typed after
      the command, `` !`command` `` by that command's output, and `@path` by that file's text.
    '';
  };

  "command.<name>.variant" = {
    example = "high";
    description = "The variant of the model. When unset, that of the agent.";
  };
}
