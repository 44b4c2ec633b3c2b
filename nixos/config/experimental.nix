# Switches that upstream may change or drop.
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

  policy = types.object {
    action = declare.required (enum [ "provider.use" ]) {
      description = "What the policy is about: the use of a provider.";
    };
    effect =
      declare.required
        (enum [
          "allow"
          "deny"
        ])
        {
          description = "Whether it is allowed.";
        };
    resource = declare.required str {
      example = "openai";
      description = "Whom it applies to: a provider's name; `*` in it stands for any text.";
    };
  };
in
{
  experimental =
    declare.section
      {
        disable_paste_summary = declare.optional bool {
          description = "Whether to show long pasted text in full instead of as `[Pasted ~N lines]`. When unset, no.";
        };
        batch_tool = declare.optional bool {
          description = "Whether agents have the `batch` tool, which makes several tool calls at once. When unset, no.";
        };
        openTelemetry = declare.optional bool {
          description = ''
            Whether to trace model calls with OpenTelemetry. Where the traces go is set in the environment
            (`OTEL_EXPORTER_OTLP_ENDPOINT`). When unset, no.
          '';
        };
        primary_tools = declare.optional (listOf str) {
          example = [ "webfetch" ];
          description = "Tools that primary agents have and subagents do not.";
        };
        continue_loop_on_deny = declare.optional bool {
          description = "Whether an agent goes on after a tool call was denied. When unset, it stops.";
        };
        mcp_timeout = declare.optional ints.positive {
          example = 30000;
          description = "Milliseconds that a call to an MCP server may take where that server's `timeout` is unset.";
        };
        policies = declare.optional (listOf policy) {
          example = lib.literalExpression ''
            [
              {
                action = "provider.use";
                effect = "deny";
                resource = "openai";
              }
            ]
          '';
          description = "Rules on which providers may be used. The last one that matches holds.";
        };
      }
      {
        description = "Switches that upstream may change or drop in any version.";
      };
}
