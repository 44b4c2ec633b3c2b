# Providers and their models.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types) listOf str;
  provider = import ./provider-type.nix { inherit lib types declare; };
in
{
  provider = declare.map provider {
    example = lib.literalExpression ''
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

  providers = declare.map provider {
    visible = "shallow";
    description = "An alias of `provider`, which is the key that opencode reads. Both can be used side by side.";
  };

  disabled_providers = declare.optional (listOf str) {
    example = [ "openai" ];
    description = "Providers not to load, even if there are credentials for them. It wins over `enabled_providers`.";
  };

  enabled_providers = declare.optional (listOf str) {
    example = [ "anthropic" ];
    description = "The only providers to load. When unset, all there are credentials for; an empty list loads none.";
  };
}
