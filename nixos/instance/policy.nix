# Who else may decide what the server does: the project, and what runs in the instance.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  projectConfig = mkOption {
    type = types.bool;
    default = true;
    description = ''
      Whether opencode reads configuration from the project, which is its own default: `opencode.json`, `.opencode` with
      its agents, plugins and tools, `AGENTS.md`, `CLAUDE.md`, `.claude/skills` and `.agents/skills`. A project
      overrides `config`: it can allow what `config` denies, and its plugins run inside the server.

      With `false`, opencode reads only the `projectInstructions` of these, and no skills of `.claude` and `.agents` in
      the state directory. A relative path in `config.instructions` is then relative to `.config/opencode`, not to the
      project. Setting `true` explicitly silences the warning that the project can override a rule.
    '';
  };

  projectInstructions = mkOption {
    # An absolute path is one for `config.instructions`.
    type = types.listOf (types.strMatching "[^/~].*");
    default = [ "AGENTS.md" ];
    example = [
      "AGENTS.md"
      "docs/*.md"
    ];
    description = ''
      With `projectConfig = false`, the files below `directory` that the model still gets. They are text for the model,
      and change no rule. A missing file is ignored. They are added to `config.instructions`, so they have no effect with
      a `configFile`.
    '';
  };

  lockConfig = mkOption {
    type = types.bool;
    default = true;
    description = ''
      Whether only the operator can change the configuration in the state directory. `.config/opencode`, `.opencode`,
      `.claude` and `.agents` are then read-only for the server and its agents, and cannot be renamed. The setup unit
      and its hooks still write there. `PATCH /global/config` answers 500.

      Agents, tools, plugins, MCP servers and npm plugins (which go to `.cache/opencode`) work as before. opencode does
      not install `@opencode-ai/plugin` into `.config/opencode`, so a tool that imports it fails, and with it every turn:
      bundle what a tool imports, or export a plain object (`export default { description, args, execute }`).

      What it does not prevent: a row that an agent writes into the tables `account` and `account_state` of
      `.local/share/opencode/opencode.db` makes opencode fetch configuration that overrides `config`.
    '';
  };

  lockLogins = mkOption {
    type = types.bool;
    default = true;
    description = ''
      With `lockConfig`, whether the logins in `.local/share/opencode/auth.json` are read-only for the server as well. An
      entry of the type `wellknown` makes opencode fetch configuration from an address, which adds MCP servers and changes
      the order of rules, and with it their effect. API keys work; put them there in `postInitScript`.

      Set `false` if the server has to write there: for logins with a token that it renews, such as ChatGPT, and to log
      in through its API, which answers 500 otherwise.
    '';
  };
}
