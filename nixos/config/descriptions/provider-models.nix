# The models of a provider.
{
  "provider.<name>.models.<name>.attachment".description = "Whether it takes attached files. When unset, that of the catalogue, or else no.";

  "provider.<name>.models.<name>.cost" = {
    example = {
      input = 3;
      output = 15;
    };
    description = "What it costs, for the sums that sessions show.";
  };

  "provider.<name>.models.<name>.cost.cache_read" = {
    example = 0.3;
    description = "US dollars per million tokens read from the prompt cache.";
  };

  "provider.<name>.models.<name>.cost.cache_write" = {
    example = 3.75;
    description = "US dollars per million tokens written to the prompt cache.";
  };

  "provider.<name>.models.<name>.cost.context_over_200k".description = "Prices of requests with more than 200,000 tokens of context, where they differ.";

  "provider.<name>.models.<name>.cost.context_over_200k.cache_read" = {
    example = 0.3;
    description = "US dollars per million tokens read from the prompt cache.";
  };

  "provider.<name>.models.<name>.cost.context_over_200k.cache_write" = {
    example = 3.75;
    description = "US dollars per million tokens written to the prompt cache.";
  };

  "provider.<name>.models.<name>.cost.context_over_200k.input" = {
    example = 3;
    description = "US dollars per million tokens of input.";
  };

  "provider.<name>.models.<name>.cost.context_over_200k.output" = {
    example = 15;
    description = "US dollars per million tokens of output.";
  };

  "provider.<name>.models.<name>.cost.input" = {
    example = 3;
    description = "US dollars per million tokens of input.";
  };

  "provider.<name>.models.<name>.cost.output" = {
    example = 15;
    description = "US dollars per million tokens of output.";
  };

  "provider.<name>.models.<name>.experimental".description = "Whether to mark it as experimental. When unset, no.";

  "provider.<name>.models.<name>.family" = {
    example = "qwen";
    description = "The family the model belongs to.";
  };

  "provider.<name>.models.<name>.headers" = {
    example = {
      X-Team = "platform";
    };
    description = "HTTP headers sent with each request to this model.";
  };

  "provider.<name>.models.<name>.id" = {
    example = "qwen3-coder:30b";
    description = "The model's ID at the provider, if it is not the name it has here.";
  };

  "provider.<name>.models.<name>.interleaved" = {
    example = "reasoning_content";
    description = ''
      Whether it reasons between tool calls, or the field of a response that holds the reasoning (usually
      `reasoning`, `reasoning_content` or `reasoning_text`).
    '';
  };

  "provider.<name>.models.<name>.interleaved.field" = {
    example = "reasoning_content";
    description = "The field of a response that holds the reasoning.";
  };

  "provider.<name>.models.<name>.limit" = {
    example = {
      context = 262144;
      output = 65536;
    };
    description = "How much it can take and put out. A session on a model without limits is never summarised by itself.";
  };

  "provider.<name>.models.<name>.limit.context" = {
    example = 262144;
    description = "Tokens of its context window.";
  };

  "provider.<name>.models.<name>.limit.input" = {
    example = 200000;
    description = "Tokens of input it takes. When unset, only `context` limits it.";
  };

  "provider.<name>.models.<name>.limit.output" = {
    example = 65536;
    description = "Tokens it can put out at most.";
  };

  "provider.<name>.models.<name>.modalities".description = "Kinds of content. When unset, those of the catalogue, or else text alone.";

  "provider.<name>.models.<name>.modalities.input" = {
    example = [
      "text"
      "image"
    ];
    description = "What it takes.";
  };

  "provider.<name>.models.<name>.modalities.output" = {
    example = [ "text" ];
    description = "What it puts out.";
  };

  "provider.<name>.models.<name>.name" = {
    example = "Qwen 3 Coder";
    description = "The name shown to people.";
  };

  "provider.<name>.models.<name>.options" = {
    example = {
      reasoningEffort = "high";
    };
    description = "Options passed to the provider with each request to this model, as they are.";
  };

  "provider.<name>.models.<name>.provider".description = "How this model is reached, where it differs from the provider's others.";

  "provider.<name>.models.<name>.provider.api" = {
    example = "https://api.example.org/anthropic";
    description = "The address of the API for this model. When unset, that of its provider.";
  };

  "provider.<name>.models.<name>.provider.npm" = {
    example = "@ai-sdk/anthropic";
    description = "The AI SDK package that talks to this model. When unset, that of its provider.";
  };

  "provider.<name>.models.<name>.reasoning".description = "Whether it reasons before it answers. When unset, that of the catalogue, or else no.";

  "provider.<name>.models.<name>.release_date" = {
    example = "2026-01-15";
    description = "When it was released, as `YYYY-MM-DD`.";
  };

  "provider.<name>.models.<name>.status".description = "How finished it is. Deprecated models are not offered, `alpha` ones only on request.";

  "provider.<name>.models.<name>.temperature".description = "Whether its temperature can be set. When unset, that of the catalogue, or else no.";

  "provider.<name>.models.<name>.tool_call".description = "Whether it can call tools. When unset, that of the catalogue, or else yes.";

  "provider.<name>.models.<name>.variants" = {
    example = {
      high = {
        reasoningEffort = "high";
      };
      max = {
        disabled = true;
      };
    };
    description = "Variants of the model by name: options of the model that apply when the variant is chosen.";
  };

  "provider.<name>.models.<name>.variants.<name>.disabled".description = "Whether not to offer this variant. When unset, it is offered.";
}
