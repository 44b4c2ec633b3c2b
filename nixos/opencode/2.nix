# opencode 2: what the preview that 2-version names was seen to do, where the documentation of stable 2 does not say otherwise.
# Where the two differ, the difference is left out.
{ lib }:
{
  # See 1.nix, which says what each attribute is.
  api = 2;

  # A report on stable 2 uses `--print-logs`; the preview exits on it, and has a variable that means the same.
  serveFlags = [ ];
  environment =
    logLevel:
    {
      OPENCODE_PRINT_LOGS = "1";
    }
    # `--log-level` is about the command line alone.
    // lib.optionalAttrs (logLevel != null) { OPENCODE_LOG_LEVEL = logLevel; };
  flags = {
    "--hostname" = "value";
    "--log-level" = "value";
    "--port" = "value";
    "--service" = "boolean";
    "--stdio" = "boolean";
  };
  otherSpellings = { };

  logLevel = lib.toLower;

  # 130 is the preview's; 0 is what a program exits with that ends in good order.
  exitsOnSigterm = [
    0
    130
  ];

  passwordVariable = "OPENCODE_SERVER_PASSWORD";
  # It would be in the journal.
  alwaysHasPassword = true;

  dropsInSilence = true;

  # It closes the skills in .claude and .agents of a project as well.
  closedProject.OPENCODE_DISABLE_PROJECT_CONFIG = "1";

  # It tells the server where it is, and works there.
  clientIsInDirectory = true;

  readsKeysOfTwo = true;
  ignoredKeys = [
    [ "layout" ]
    [ "logLevel" ]
    [ "plugin" ]
    [ "server" ]
    [ "small_model" ]
    [ "subagent_depth" ]
  ]
  ++ map (key: [ "experimental" key ]) [
    "batch_tool"
    "continue_loop_on_deny"
    "disable_paste_summary"
    "openTelemetry"
    "primary_tools"
  ];

  # 2 drops a file with one wrong type as a whole, without a word, and of what it has read it tells no more than the rules
  # and the agents. So there is always a rule, of a tool that does not exist, for opencodectl to ask for. It also says
  # whose keys these are: with none of 1's own, 2 would take `skills` of 1 for a wrong type.
  complete =
    config:
    if config.permission != null || config.permissions != null then
      config
    else if config.agents != null || (config.mcp.servers or null) != null then
      config
      // {
        permissions = [
          {
            action = "opencode-setup";
            resource = "*";
            effect = "deny";
          }
        ];
      }
    else
      config // { permission.opencode-setup = "deny"; };
}
