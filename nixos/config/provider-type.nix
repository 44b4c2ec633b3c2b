# The type of one provider.
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
    listOf
    str
    ;

  milliseconds = types.union [
    ints.positive
    (enum [ false ])
  ];

  # Upstream leaves these open: each provider's package has options of its own.
  options = types.openObject types.json {
    apiKey = declare.optional str {
      example = "{env:ANTHROPIC_API_KEY}";
      description = ''
        The API key. Do not write it here, where it would be readable in the Nix store: let opencode read it with
        `{file:/path}` or `{env:NAME}`.
      '';
    };
    baseURL = declare.optional str {
      example = "http://127.0.0.1:11434/v1";
      description = "Where requests go. When unset, the provider's own address.";
    };
    enterpriseUrl = declare.optional str {
      example = "https://github.example.org";
      description = "The GitHub Enterprise server to log in to, for `github-copilot`.";
    };
    setCacheKey = declare.optional bool {
      description = "Whether to send a key by which the provider finds its prompt cache again. When unset, no.";
    };
    timeout = declare.optional milliseconds {
      example = 600000;
      description = "Milliseconds a whole request may take, or `false` for no limit.";
    };
    headerTimeout = declare.optional milliseconds {
      example = 60000;
      description = "Milliseconds until the response must begin, or `false` for no limit. When unset, 300000 (5 minutes).";
    };
    chunkTimeout = declare.optional milliseconds {
      example = 60000;
      description = ''
        Milliseconds that may pass between two pieces of a streamed response before the request is given up, or
        `false` for no limit. When unset, 300000 (5 minutes).
      '';
    };
  };
in
types.object {
  api = declare.optional str {
    example = "https://api.example.org/v1";
    description = "The address of the API, for providers that the catalogue does not know.";
  };
  name = declare.optional str {
    example = "Our inference cluster";
    description = "The name shown to people. When unset, that of the catalogue.";
  };
  env = declare.optional (listOf str) {
    example = [ "EXAMPLE_API_KEY" ];
    description = "Environment variables that can hold the API key; the first one set is used.";
  };
  id = declare.optional str {
    example = "example";
    description = "The provider's ID in the catalogue, if it is not the name it has here.";
  };
  npm = declare.optional str {
    example = "@ai-sdk/openai-compatible";
    description = "The AI SDK package that talks to it. When unset, that of the catalogue.";
  };
  whitelist = declare.optional (listOf str) {
    example = [ "claude-opus-4-5" ];
    description = "The only models to offer. When unset, all.";
  };
  blacklist = declare.optional (listOf str) {
    example = [ "claude-haiku-4-5" ];
    description = "Models not to offer.";
  };
  options = declare.optional options {
    defaultText = lib.literalExpression "{ }";
    example = {
      baseURL = "http://127.0.0.1:11434/v1";
    };
    description = "Options of the connection. Keys beside the ones below go to the provider's package, as they are.";
  };
  models = declare.map (import ./model-type.nix { inherit lib types declare; }) {
    example = lib.literalExpression ''
      {
        qwen3-coder = {
          name = "Qwen 3 Coder";
          limit = { context = 262144; output = 65536; };
        };
      }
    '';
    description = "Models by their ID: what is set here is laid over the catalogue's entry, and any other ID makes a new model.";
  };
}
