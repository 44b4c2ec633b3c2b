# An instance that works in its sandbox, with a model that is a script.
{ pkgs, ... }:
{
  services.opencode.instances.worker = {
    path = [ pkgs.gcc ];
    config = {
      model = "scripted/agent";
      provider.scripted = {
        npm = "@ai-sdk/openai-compatible";
        name = "Scripted";
        options = {
          baseURL = "http://127.0.0.1:18080/v1";
          apiKey = "none";
        };
        models.agent = {
          name = "Agent";
          tool_call = true;
          limit = {
            context = 100000;
            output = 4096;
          };
        };
      };
    };
  };

  environment.etc."opencode-tests/provider.py".source = ./provider.py;
}
