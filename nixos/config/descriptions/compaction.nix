# How a session that grows is kept within the model's context window.
{
  compaction.description = "When and how sessions are summarised.";

  "compaction.auto".description = "Whether to summarise a session by itself when its context is full. When unset, yes.";

  "compaction.preserve_recent_tokens" = {
    example = 8000;
    description = ''
      How many tokens of the latest turns to keep word for word. When unset, a quarter of the usable context, at
      least 2000 and at most 15000.
    '';
  };

  "compaction.prune".description = "Whether to drop the output of older tool calls from the context. When unset, no.";

  "compaction.reserved" = {
    example = 20000;
    description = ''
      Tokens of the context window to keep free, so that summarising starts before the window overflows. When
      unset, it depends on how much the model can put out.
    '';
  };

  "compaction.tail_turns" = {
    example = 4;
    description = ''
      How many of the latest turns to keep word for word when a session is summarised. When unset, as many as fit
      into `preserve_recent_tokens`; 0 keeps none.
    '';
  };

  tool_output.description = ''
    From when on a tool's output is cut. The agent then gets a preview, and the whole is kept in a file of the
    state directory.
  '';

  "tool_output.max_bytes" = {
    example = 102400;
    description = "Bytes of a tool's output that an agent gets to see. When unset, 51200.";
  };

  "tool_output.max_lines" = {
    example = 4000;
    description = "Lines of a tool's output that an agent gets to see. When unset, 2000.";
  };
}
