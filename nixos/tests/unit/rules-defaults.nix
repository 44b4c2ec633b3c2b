# Rules as lists in services.opencode.defaults and in an instance.
{ lib, ask, ... }:
let
  inherit (lib) mkForce;

  before = [
    { "*" = "ask"; }
    { "npm *" = "allow"; }
  ];
  own = [
    { "*--force*" = "deny"; }
    { "git *" = "allow"; }
  ];
  bash = value: { permission.bash = value; };

  bodyOf =
    config: lib.removePrefix ''{"$schema":"https://opencode.ai/config.json",'' (ask.configText config "x");
  textOf =
    defaults: x:
    bodyOf (
      ask.of {
        defaults.config = defaults;
        instances = { inherit x; };
      }
    );
  renders = defaults: config: expected: {
    expr = textOf defaults { inherit config; };
    inherit expected;
  };

  both = ''"permission":{"bash":{"*":"ask","npm *":"allow","*--force*":"deny","git *":"allow"}}}'';
  ownOnly = ''"permission":{"bash":{"*--force*":"deny","git *":"allow"}}}'';

  refused = defaults: config: message: {
    expr = textOf defaults { inherit config; };
    inherit message;
  };
  bothPlaces =
    option:
    "services.opencode.instances.x.config.${option}' is given values of different types: .*In `services.opencode.defaults'.*- In `<unknown-file>'|services.opencode.instances.x.config.${option}' is given values of different types: .*In `<unknown-file>'.*- In `services.opencode.defaults'";
in
{
  tests = {
    "lists add up, those of defaults first" = renders (bash before) (bash own) both;
    "they are first even before lib.mkBefore of the instance" = renders (bash before) (bash (
      lib.mkBefore own
    )) both;
    "lists add up where the instance's is a lib.mkDefault, or within one" = {
      expr = map (textOf (bash before)) [
        { config = bash (lib.mkDefault own); }
        { config.permission = lib.mkDefault { bash = own; }; }
        { config = lib.mkDefault (bash own); }
      ];
      expected = [
        both
        both
        both
      ];
    };
    "lists add up where a configuration or an instance is a function" = {
      expr = map (textOf (bash before)) [
        { config = { ... }: bash own; }
        ({ ... }: { config.config = bash own; })
      ];
      expected = [
        both
        both
      ];
    };
    "lists of the top level and of agents add up, too" =
      renders
        {
          permission = [ { "*" = "ask"; } ];
          agent.a.permission.edit = before;
          agent.b.tools = [ { "*" = false; } ];
        }
        {
          permission = [ { bash = own; } ];
          agent.a.permission.edit = own;
          agent.b.tools = [ { a = true; } ];
        }
        ''"agent":{"a":{"permission":{"edit":{"*":"ask","npm *":"allow","*--force*":"deny","git *":"allow"}}},"b":{"tools":{"*":false,"a":true}}},"permission":{"*":"ask","bash":{"*--force*":"deny","git *":"allow"}}}'';
    "one action in an instance takes the place of a list" =
      renders (bash before) (bash "deny")
        ''"permission":{"bash":"deny"}}'';
    "a list in an instance takes the place of one action" = renders (bash "deny") (bash own) ownOnly;
    "null in an instance takes a list away" = renders ({ model = "m"; } // bash before) (bash null) ''"model":"m"}'';
    "mkForce in an instance takes the place of a list, or of a set" = {
      expr = map (defaults: textOf (bash defaults) { config = bash (mkForce own); }) [
        before
        { "*" = "ask"; }
      ];
      expected = [
        ownOnly
        ownOnly
      ];
    };
    "mkForce in defaults locks a list" = renders (bash (mkForce before)) (bash own) ''"permission":{"bash":{"*":"ask","npm *":"allow"}}}'';
    "a default that is not handed down adds nothing elsewhere" = renders (bash before) {
      permission.edit = own;
    } ''"permission":{"bash":{"*":"ask","npm *":"allow"},"edit":{"*--force*":"deny","git *":"allow"}}}'';
  };

  errors = {
    "a list beside a set of defaults is refused, with both places" = refused (bash {
      "*" = "ask";
    }) (bash own) (bothPlaces "permission.bash");
    "a set beside a list of defaults is refused, with both places" =
      refused (bash before) (bash { "*" = "ask"; }) (bothPlaces "permission.bash");
    "tools as a list beside tools as a set is refused, with both places" =
      refused (bash before) { permission = [ { "*" = "ask"; } ]; } (bothPlaces "permission");
    "a list in an instance that is a function beside a set of defaults is refused" = {
      expr = textOf (bash { "*" = "ask"; }) ({ ... }: { config.config = bash own; });
      message = bothPlaces "permission.bash";
    };
    "a list does not open a lock in a set" = refused (bash { "rm *" = mkForce "deny"; }) (bash own) (
      bothPlaces "permission.bash"
    );
    "a pattern of both is refused, with both places" =
      refused (bash before) (bash [ { "*" = "deny"; } ])
        "instances.x.config.permission.bash' has `\\*' twice.* - In `services.opencode.defaults': .*- In `<unknown-file>'";
  };
}
