# null in the `config` of an instance takes away what `services.opencode.defaults.config` say.
{ ask, ... }:
let
  becomes = defaults: instance: expected: {
    expr = ask.overDefaults.configOf defaults instance;
    inherit expected;
  };
in
{
  tests = {
    "null in an instance unsets a value" = becomes { model = "a/b"; } { model = null; } { };

    "null in an instance unsets a list" = becomes { instructions = [ "a.md" ]; } {
      instructions = null;
    } { };

    "null in an instance unsets a whole section" = becomes {
      server.cors = [ "https://example.org" ];
    } { server = null; } { };

    "null in an instance unsets a whole map" = becomes { mcp.docs.url = "https://mcp.example.org"; } {
      mcp = null;
    } { };

    "null in an instance unsets one entry of a map" = becomes {
      mcp.docs.url = "https://mcp.example.org";
      mcp.github.enabled = false;
    } { mcp.docs = null; } { mcp.github.enabled = false; };

    "null in an instance unsets one rule" = becomes {
      permission.bash = {
        "*" = "ask";
        "git *" = "allow";
      };
    } { permission.bash."git *" = null; } { permission.bash."*" = "ask"; };
  };
}
