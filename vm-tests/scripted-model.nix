# Options of an instance whose model is the script provider.py, for agents that do the same every time.
pkgs: {
  # The script's agent compiles a program.
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
}
