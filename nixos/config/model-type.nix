# The type of one model of a provider.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    enum
    listOf
    number
    str
    ;

  modalities = listOf (enum [
    "text"
    "audio"
    "image"
    "video"
    "pdf"
  ]);

  prices = {
    input = declare.required number {
      example = 3;
      description = "US dollars per million tokens of input.";
    };
    output = declare.required number {
      example = 15;
      description = "US dollars per million tokens of output.";
    };
    cache_read = declare.optional number {
      example = 0.3;
      description = "US dollars per million tokens read from the prompt cache.";
    };
    cache_write = declare.optional number {
      example = 3.75;
      description = "US dollars per million tokens written to the prompt cache.";
    };
  };

  # What `cost` and `limit` must have cannot be unset, so that they are null until set, rather than empty.
  whole = options: declare.optional (types.whole options);
in
types.object {
  id = declare.optional str {
    example = "qwen3-coder:30b";
    description = "The model's ID at the provider, if it is not the name it has here.";
  };
  name = declare.optional str {
    example = "Qwen 3 Coder";
    description = "The name shown to people.";
  };
  family = declare.optional str {
    example = "qwen";
    description = "The family the model belongs to.";
  };
  release_date = declare.optional str {
    example = "2026-01-15";
    description = "When it was released, as `YYYY-MM-DD`.";
  };
  attachment = declare.optional bool {
    description = "Whether it takes attached files. When unset, that of the catalogue, or else no.";
  };
  reasoning = declare.optional bool {
    description = "Whether it reasons before it answers. When unset, that of the catalogue, or else no.";
  };
  temperature = declare.optional bool {
    description = "Whether its temperature can be set. When unset, that of the catalogue, or else no.";
  };
  tool_call = declare.optional bool {
    description = "Whether it can call tools. When unset, that of the catalogue, or else yes.";
  };
  interleaved =
    declare.optional
      (types.union [
        bool
        str
        (types.whole {
          field = declare.required str {
            example = "reasoning_content";
            description = "The field of a response that holds the reasoning.";
          };
        })
      ])
      {
        example = "reasoning_content";
        description = ''
          Whether it reasons between tool calls, or the field of a response that holds the reasoning (usually
          `reasoning`, `reasoning_content` or `reasoning_text`).
        '';
      };
  cost =
    whole
      (
        prices
        // {
          context_over_200k = whole prices {
            description = "Prices of requests with more than 200,000 tokens of context, where they differ.";
          };
        }
      )
      {
        example = {
          input = 3;
          output = 15;
        };
        description = "What it costs, for the sums that sessions show.";
      };
  limit =
    whole
      {
        context = declare.required number {
          example = 262144;
          description = "Tokens of its context window.";
        };
        input = declare.optional number {
          example = 200000;
          description = "Tokens of input it takes. When unset, only `context` limits it.";
        };
        output = declare.required number {
          example = 65536;
          description = "Tokens it can put out at most.";
        };
      }
      {
        example = {
          context = 262144;
          output = 65536;
        };
        description = "How much it can take and put out. A session on a model without limits is never summarised by itself.";
      };
  modalities =
    declare.section
      {
        input = declare.optional modalities {
          example = [
            "text"
            "image"
          ];
          description = "What it takes.";
        };
        output = declare.optional modalities {
          example = [ "text" ];
          description = "What it puts out.";
        };
      }
      {
        description = "Kinds of content. When unset, those of the catalogue, or else text alone.";
      };
  experimental = declare.optional bool {
    description = "Whether to mark it as experimental. When unset, no.";
  };
  status =
    declare.optional
      (enum [
        "alpha"
        "beta"
        "deprecated"
        "active"
      ])
      {
        description = "How finished it is. Deprecated models are not offered, `alpha` ones only on request.";
      };
  provider =
    declare.section
      {
        npm = declare.optional str {
          example = "@ai-sdk/anthropic";
          description = "The AI SDK package that talks to this model. When unset, that of its provider.";
        };
        api = declare.optional str {
          example = "https://api.example.org/anthropic";
          description = "The address of the API for this model. When unset, that of its provider.";
        };
      }
      {
        description = "How this model is reached, where it differs from the provider's others.";
      };
  options = declare.optional types.jsonObject {
    example = {
      reasoningEffort = "high";
    };
    description = "Options passed to the provider with each request to this model, as they are.";
  };
  headers = declare.map str {
    example = {
      X-Team = "platform";
    };
    description = "HTTP headers sent with each request to this model.";
  };
  variants =
    declare.map
      (types.openObject types.json {
        disabled = declare.optional bool {
          description = "Whether not to offer this variant. When unset, it is offered.";
        };
      })
      {
        example = {
          high.reasoningEffort = "high";
          max.disabled = true;
        };
        description = "Variants of the model by name: options of the model that apply when the variant is chosen.";
      };
}
