# Switches that upstream may change or drop.
{
  experimental.description = "Switches that upstream may change or drop in any version.";

  "experimental.batch_tool".description = "Whether agents have the `batch` tool, which makes several tool calls at once. When unset, no.";

  "experimental.continue_loop_on_deny".description = "Whether an agent goes on after a tool call was denied. When unset, it stops.";

  "experimental.disable_paste_summary".description = "Whether to show long pasted text in full instead of as `[Pasted ~N lines]`. When unset, no.";

  "experimental.mcp_timeout" = {
    example = 30000;
    description = "Milliseconds that a call to an MCP server may take where that server's `timeout` is unset.";
  };

  "experimental.openTelemetry".description = ''
    Whether to trace model calls with OpenTelemetry. Where the traces go is set in the environment
    (`OTEL_EXPORTER_OTLP_ENDPOINT`). When unset, no.
  '';

  "experimental.policies" = {
    exampleText = ''
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

  "experimental.policies.*.action".description = "What the policy is about: the use of a provider.";

  "experimental.policies.*.effect".description = "Whether it is allowed.";

  "experimental.policies.*.resource" = {
    example = "openai";
    description = "Whom it applies to: a provider's name; `*` in it stands for any text.";
  };

  "experimental.primary_tools" = {
    example = [ "webfetch" ];
    description = "Tools that primary agents have and subagents do not.";
  };
}
