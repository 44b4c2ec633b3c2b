# The option that says what agents may do. It is the same at the top level and in each agent.
{
  lib,
  types,
  declare,
}:
description:
let
  action = lib.types.enum [
    "ask"
    "allow"
    "deny"
  ];

  rule = types.union [
    action
    (types.mapOf [ ] action)
  ];

  byPattern =
    what: example:
    declare.optional rule {
      inherit example;
      description = ''
        ${what}: one action for all, or actions by pattern (`*` any text, `?` one character). The last pattern that
        matches holds; they are rendered in alphabetical order, in which `*` comes first.
      '';
    };

  simple =
    what:
    declare.optional action {
      description = "${what}: one action for all, since there is nothing to match a pattern with.";
    };

  tools = {
    read = byPattern "Reading files, by path" {
      "*" = "allow";
      "*.env" = "deny";
    };
    edit = byPattern "Changing files in any way, by path" { "docs/*" = "allow"; };
    glob = byPattern "Finding files by name, by the pattern asked for" "allow";
    grep = byPattern "Searching in files, by the expression asked for" "allow";
    list = byPattern "Listing directories, by path" "allow";
    bash = byPattern "Running commands, by command line" {
      "*" = "ask";
      "git *" = "allow";
      "git push *" = "deny";
    };
    task = byPattern "Starting subagents, by the agent's name" { explore = "allow"; };
    external_directory = byPattern "Leaving the project's directory, by path" {
      "*" = "deny";
      "/srv/shared/*" = "allow";
    };
    lsp = byPattern "Asking language servers" "allow";
    skill = byPattern "Loading skills, by the skill's name" { "internal-*" = "deny"; };
    todowrite = simple "Writing the session's to-do list";
    question = simple "Asking the person a question";
    webfetch = simple "Fetching a web page";
    websearch = simple "Searching the web";
    doom_loop = simple "Repeating the same call with the same input time after time";
  };
in
declare.optional
  (types.union [
    action
    (types.openObject (types.nullable rule) tools)
  ])
  {
    inherit description;
    example = {
      edit = "ask";
      bash = {
        "*" = "ask";
        "git *" = "allow";
      };
    };
  }
