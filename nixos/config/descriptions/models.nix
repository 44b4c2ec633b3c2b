# Which model and which agent answer.
{
  default_agent = {
    example = "plan";
    description = ''
      The agent of a session that asks for none. It must be one with `mode = "primary"`. When unset, or when there is
      no such agent, it is `build`.
    '';
  };

  model = {
    example = "anthropic/claude-sonnet-4-5";
    description = ''
      The model that answers where an agent names none, as `provider/model`. The server does not check the name: a
      misspelt one shows in the first session. When unset, the server takes the model used last or, on a fresh state
      directory, one of a provider that it finds credentials for.
    '';
  };

  small_model = {
    example = "anthropic/claude-haiku-4-5";
    description = ''
      A cheap model for side jobs such as naming a session, as `provider/model`. When unset, the server looks for a
      small one at the provider in use and falls back to the main model.
    '';
  };

  subagent_depth = {
    example = 2;
    description = ''
      How deep subagents may start subagents of their own. When unset it is 1: an agent may start subagents, and those
      may start none. 0 forbids subagents.
    '';
  };
}
