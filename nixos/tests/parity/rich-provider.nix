# A provider with every key that one can have.
{
  api = "http://127.0.0.1:9/v1";
  name = "Our inference cluster";
  env = [ "EXAMPLE_API_KEY" ];
  id = "local";
  npm = "@ai-sdk/openai-compatible";
  whitelist = [ "qwen3-coder" ];
  blacklist = [ "other" ];
  options = {
    apiKey = "none";
    baseURL = "http://127.0.0.1:9/v1";
    enterpriseUrl = "https://github.example.org";
    setCacheKey = true;
    timeout = false;
    headerTimeout = 60000;
    chunkTimeout = 60000;
    anotherKey = [
      1
      { }
    ];
  };
  models.qwen3-coder = {
    id = "qwen3-coder:30b";
    name = "Qwen 3 Coder";
    family = "qwen";
    release_date = "2026-01-15";
    attachment = true;
    reasoning = true;
    temperature = true;
    tool_call = true;
    interleaved.field = "reasoning_content";
    cost = {
      input = 3;
      output = 15;
      cache_read = 0.3;
      cache_write = 3.75;
      context_over_200k = {
        input = 6;
        output = 22.5;
        cache_read = 0.6;
        cache_write = 7.5;
      };
    };
    limit = {
      context = 262144;
      input = 200000;
      output = 65536;
    };
    modalities = {
      input = [
        "text"
        "image"
      ];
      output = [ "text" ];
    };
    experimental = false;
    status = "active";
    provider = {
      npm = "@ai-sdk/anthropic";
      api = "http://127.0.0.1:9/anthropic";
    };
    options.reasoningEffort = "high";
    headers.X-Team = "platform";
    variants.high = {
      disabled = false;
      reasoningEffort = "high";
    };
  };
}
