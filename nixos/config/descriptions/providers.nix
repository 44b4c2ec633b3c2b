# Providers.
{
  disabled_providers = {
    example = [ "openai" ];
    description = "Providers not to load, even if there are credentials for them. It wins over `enabled_providers`.";
  };

  enabled_providers = {
    example = [ "anthropic" ];
    description = "The only providers to load. When unset, all there are credentials for; an empty list loads none.";
  };

  provider = {
    exampleText = ''
      {
        anthropic.options.apiKey = "{env:ANTHROPIC_API_KEY}";
        local = {
          npm = "@ai-sdk/openai-compatible";
          options.baseURL = "http://127.0.0.1:11434/v1";
          models.qwen3-coder.name = "Qwen 3 Coder";
        };
      }
    '';
    description = ''
      Providers by name: what is set here is laid over the catalogue's entry of that name, and any other name makes a
      new provider.
    '';
  };

  "provider.<name>.api" = {
    example = "https://api.example.org/v1";
    description = "The address of the API, for providers that the catalogue does not know.";
  };

  "provider.<name>.blacklist" = {
    example = [ "claude-haiku-4-5" ];
    description = "Models not to offer.";
  };

  "provider.<name>.env" = {
    example = [ "EXAMPLE_API_KEY" ];
    description = "Environment variables that can hold the API key; the first one set is used.";
  };

  "provider.<name>.id" = {
    example = "example";
    description = "The provider's ID in the catalogue, if it is not the name it has here.";
  };

  "provider.<name>.models" = {
    exampleText = ''
      {
        qwen3-coder = {
          name = "Qwen 3 Coder";
          limit = { context = 262144; output = 65536; };
        };
      }
    '';
    description = "Models by their ID: what is set here is laid over the catalogue's entry, and any other ID makes a new model.";
  };

  "provider.<name>.name" = {
    example = "Our inference cluster";
    description = "The name shown to people. When unset, that of the catalogue.";
  };

  "provider.<name>.npm" = {
    example = "@ai-sdk/openai-compatible";
    description = "The AI SDK package that talks to it. When unset, that of the catalogue.";
  };

  "provider.<name>.options" = {
    example = {
      baseURL = "http://127.0.0.1:11434/v1";
    };
    description = "Options of the connection. Keys beside the ones below go to the provider's package, as they are.";
  };

  "provider.<name>.options.apiKey" = {
    example = "{env:ANTHROPIC_API_KEY}";
    description = ''
      The API key. Do not write it here, where it would be readable in the Nix store: let opencode read it with
      `{file:/path}` or `{env:NAME}`.
    '';
  };

  "provider.<name>.options.baseURL" = {
    example = "http://127.0.0.1:11434/v1";
    description = "Where requests go. When unset, the provider's own address.";
  };

  "provider.<name>.options.chunkTimeout" = {
    example = 60000;
    description = ''
      Milliseconds that may pass between two pieces of a streamed response before the request is given up, or
      `false` for no limit. When unset, 300000 (5 minutes).
    '';
  };

  "provider.<name>.options.enterpriseUrl" = {
    example = "https://github.example.org";
    description = "The GitHub Enterprise server to log in to, for `github-copilot`.";
  };

  "provider.<name>.options.headerTimeout" = {
    example = 60000;
    description = "Milliseconds until the response must begin, or `false` for no limit. When unset, 300000 (5 minutes).";
  };

  "provider.<name>.options.setCacheKey".description = "Whether to send a key by which the provider finds its prompt cache again. When unset, no.";

  "provider.<name>.options.timeout" = {
    example = 600000;
    description = "Milliseconds a whole request may take, or `false` for no limit.";
  };

  "provider.<name>.whitelist" = {
    example = [ "claude-opus-4-5" ];
    description = "The only models to offer. When unset, all.";
  };

  providers = {
    visible = "shallow";
    description = "An alias of `provider`, which is the key that opencode reads. Both can be used side by side.";
  };
}
