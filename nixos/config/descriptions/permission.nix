# What agents may do without asking.
let
  byPattern =
    what: example:
    {
      inherit example;
      description = ''
        ${what}: one action for all, or actions by pattern (`*` any text, `?` one character). The last pattern that
        matches holds. A set is rendered in alphabetical order, in which `*` comes first, and a list of sets with one
        pattern each in the order of the list. Lists of several places add up, those of `defaults` first.
      '';
    };

  simple = what: {
    description = "${what}: one action for all, since there is nothing to match a pattern with.";
  };
in
{
  permission = {
    example = {
      edit = "ask";
      bash = {
        "*" = "ask";
        "git *" = "allow";
      };
    };
    description = ''
      What agents may do: `"allow"` it, `"ask"` a person first, or `"deny"` it. Either one action for every tool, or
      actions by tool, where any name is taken so that the tools of MCP servers and plugins can be named, too. When unset,
      nearly everything is allowed, reading `.env` files and leaving the project's directory is asked for. A server with
      nobody at it should not be left to ask: its sessions would wait for ever.

      The names are patterns, too (`*` any text, `?` one character), and the last rule that matches holds, over those of
      all tools. A set is rendered in alphabetical order, and a list of sets with one name each in the order of the list.
    '';
  };

  "permission.read" = byPattern "Reading files, by path" {
    "*" = "allow";
    "*.env" = "deny";
  };
  "permission.edit" = byPattern "Changing files in any way, by path" { "docs/*" = "allow"; };
  "permission.glob" = byPattern "Finding files by name, by the pattern asked for" "allow";
  "permission.grep" = byPattern "Searching in files, by the expression asked for" "allow";
  "permission.list" = byPattern "Listing directories, by path" "allow";
  "permission.bash" = byPattern "Running commands, by command line" [
    { "*" = "ask"; }
    { "npm *" = "allow"; }
    { "*--force*" = "deny"; }
  ];
  "permission.task" = byPattern "Starting subagents, by the agent's name" { explore = "allow"; };
  "permission.external_directory" = byPattern "Leaving the project's directory, by path" {
    "*" = "deny";
    "/srv/shared/*" = "allow";
  };
  "permission.lsp" = byPattern "Asking language servers" "allow";
  "permission.skill" = byPattern "Loading skills, by the skill's name" { "internal-*" = "deny"; };
  "permission.todowrite" = simple "Writing the session's to-do list";
  "permission.question" = simple "Asking the person a question";
  "permission.webfetch" = simple "Fetching a web page";
  "permission.websearch" = simple "Searching the web";
  "permission.doom_loop" = simple "Repeating the same call with the same input time after time";

  tools = {
    example = {
      webfetch = false;
    };
    description = ''
      Tools switched on or off for all agents, by name; a trailing `*` in a name matches any rest. The last name that
      matches holds: a list of sets with one name each sets the order, which is alphabetical in a set. Superseded upstream
      by `permission`, which can also ask.
    '';
  };
}
