# The warning about a rule that the alphabetical order of a set undoes.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  warningsOf =
    config:
    pkgs.lib.opencode.configWarnings
      (lib.evalModules {
        modules = [
          { options.opencode = lib.mkOption { type = pkgs.lib.opencode.configType; }; }
          { opencode = config; }
        ];
      }).config.opencode;

  # Exactly one, which has all of `parts`.
  warns = config: parts: {
    expr =
      let
        found = warningsOf config;
      in
      if lib.length found == 1 then
        lib.filter (part: !lib.hasInfix part (lib.head found)) parts
      else
        { inherit found; };
    expected = [ ];
  };
  isSilent = config: {
    expr = warningsOf config;
    expected = [ ];
  };

  pushes = {
    "git push *" = "deny";
    "git*" = "allow";
  };
in
{
  tests = {
    "a wider rule of another action after a narrower one is told of, with both and the place" =
      warns { permission.bash = pushes; }
        [
          "`permission.bash.\"git push *\" = \"deny\"' never holds"
          "which is `permission.bash.\"git*\" = \"allow\"'"
          "Write `permission.bash' as a list"
        ];
    "in an agent, a mode and an element of a list, too" = {
      expr = map lib.length [
        (warningsOf { agent.a.permission.bash = pushes; })
        (warningsOf { mode.a.permission.bash = pushes; })
        (warningsOf { permission = [ { bash = pushes; } ]; })
        (warningsOf { extraConfig.permission.bash = pushes; })
      ];
      expected = [
        1
        1
        1
        1
      ];
    };
    "a pattern of tools after a tool is told of" = warns {
      permission.git-push = "deny";
      permission."git?push" = "allow";
    } [ "`permission.git-push = \"deny\"' never holds" "Write `permission' as a list" ];
    "and after the patterns of a tool" = warns {
      permission.git-push."*.env" = "deny";
      permission."git?push" = "allow";
    } [ "`permission.git-push.\"*.env\" = \"deny\"' never holds" "Write `permission' as a list" ];
    "tools that are switched off and on again are told of" = warns {
      tools.git-push = false;
      tools."git?push" = true;
    } [ "`tools.git-push = false' never holds" "Write `tools' as a list" ];
    "an instance says it with its name" =
      ask.warns
        (ask.one {
          projectConfig = false;
          config.permission.bash = pushes;
        })
        [ "services.opencode.instances.x.config: opencode.json: `permission.bash" ];
  }
  // lib.mapAttrs (_: isSilent) {
    "a list is the operator's order" = {
      permission.bash = [
        { "git push *" = "deny"; }
        { "git*" = "allow"; }
      ];
    };
    "* comes before the letters" = {
      permission.bash."*" = "ask";
      permission.bash."git *" = "allow";
    };
    "a narrower rule after a wider one holds" = {
      permission.bash."git *" = "allow";
      permission.bash."git push *" = "deny";
    };
    "the same action is not undone" = {
      permission.bash."git push *" = "allow";
      permission.bash."git*" = "allow";
    };
    "a rule that a later one repeats is not undone" = {
      permission.bash."a b" = "deny";
      permission.bash."a*" = "allow";
      permission.bash."a?b" = "deny";
    };
    "one action for all tools" = {
      permission = "allow";
    };
    "a pattern that matches a part only is not wider" = {
      permission.bash."a *b*" = "deny";
      permission.bash."a *c" = "allow";
    };
  };
}
