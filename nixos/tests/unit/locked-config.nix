# Whose configuration it is: what is closed to the project, and to what runs in the instance.
{ lib, ask, ... }:
let
  bare = ask.one { };
  open = ask.one { lockConfig = false; };
  closed = ask.one {
    directory = "/srv/x";
    projectConfig = false;
    config.instructions = [ "/etc/house-rules.md" ];
  };
  home = "/var/lib/opencode/instance-state/x";
  strict = {
    config.permission.bash."git push *" = "deny";
  };
  mountsIn =
    config: directive: lib.filter (lib.hasInfix "${home}/") (ask.directive config "opencode-x" directive);
  quoted = map (path: ''"${home}/${path}"'');
  pathsOf = config: map (link: link.path) (ask.manifest config "x").links;
in
{
  tests = {
    "what is protected is read-only for the server" = {
      expr = mountsIn bare "BindReadOnlyPaths";
      expected = quoted [
        ".config/opencode"
        ".opencode"
        ".claude"
        ".agents"
        ".local/share/opencode/auth.json"
      ];
    };
    "and so is every directory on the way a mount, which nobody can rename" = {
      expr = mountsIn bare "BindPaths";
      expected = quoted [
        ".config"
        ".local"
        ".local/share"
        ".local/share/opencode"
      ];
    };
    "setup makes all of it, and a .gitignore that opencode need not write" = {
      expr = [
        (ask.manifest bare "x").directories
        (pathsOf bare)
      ];
      expected = [
        [
          ".config/opencode"
          ".local/share/opencode"
          ".local/state/opencode"
          ".cache/opencode"
          ".opencode"
          ".claude"
          ".agents"
        ]
        [
          ".config/opencode/opencode.json"
          ".config/opencode/.gitignore"
          ".opencode/.gitignore"
        ]
      ];
    };
    "setup writes there: it has none of these mounts" = {
      expr = lib.concatMap (ask.directive bare "opencode-x-setup") [
        "BindPaths"
        "BindReadOnlyPaths"
        "ReadOnlyPaths"
      ];
      expected = [
        ''"${home}"''
        ''"/run/opencode-applied/x"''
        ''"-/var/lib/opencode/projects/x"''
        ''"-/run/systemd/private"''
      ];
    };
    "setup looks for links in their place before the server is started" = {
      expr = lib.hasInfix "opencode-prepare-lock logins" (
        lib.head (ask.directive bare "opencode-x-setup" "ExecStartPost")
      );
      expected = true;
    };
    "logins alone can be left to the server" = {
      expr =
        let
          config = ask.one { lockLogins = false; };
        in
        [
          (mountsIn config "BindPaths")
          (lib.length (mountsIn config "BindReadOnlyPaths"))
        ];
      expected = [
        (quoted [ ".config" ])
        4
      ];
    };
    "without the lock there is none of it" = {
      expr = [
        (mountsIn open "BindPaths")
        (mountsIn open "BindReadOnlyPaths")
        (pathsOf open)
        ((ask.manifest open "x") ? directories)
      ];
      expected = [
        [ ]
        [ ]
        [ ".config/opencode/opencode.json" ]
        false
      ];
    };

    "without projectConfig the server reads no project, nor skills of others" = {
      expr = map (ask.variable closed "opencode-x") [
        "OPENCODE_DISABLE_PROJECT_CONFIG"
        "OPENCODE_DISABLE_EXTERNAL_SKILLS"
      ];
      expected = [
        "1"
        "1"
      ];
    };
    "as upstream, it does by default" = {
      expr = map (ask.variable bare "opencode-x") [
        "OPENCODE_DISABLE_PROJECT_CONFIG"
        "OPENCODE_DISABLE_EXTERNAL_SKILLS"
      ];
      expected = [
        null
        null
      ];
    };
    "projectInstructions are named by absolute path, after the operator's" = {
      expr = (ask.configOf closed "x").instructions;
      expected = [
        "/etc/house-rules.md"
        "/srv/x/AGENTS.md"
      ];
    };
    "none of them leaves the configuration as it is" = {
      expr = ask.configOf (ask.one {
        projectConfig = false;
        projectInstructions = [ ];
      }) "x";
      expected = { };
    };

    "rules that the project can override are warned about" = ask.warns (ask.one strict) [
      "instances.x.config: "
      "can override permission.bash."
      "`projectConfig = false`"
      "`projectConfig = true`"
    ];
    "so are those of an agent" = ask.warns (ask.one {
      config.agent.build.permission.edit = "ask";
    }) [ "can override agent.build.permission.edit." ];
    "so are those of a list, at either depth" = {
      expr = map (permission: (ask.warns (ask.one { config = { inherit permission; }; }) [ "can override permission.bash." ]).expr) [
        { bash = [ { "*" = "ask"; } ]; }
        [ { bash = [ { "*" = "allow"; } { "rm *" = "deny"; } ]; } ]
        [ { edit = "allow"; } { bash = "deny"; } ]
      ];
      expected = [
        [ ]
        [ ]
        [ ]
      ];
    };
    "not with projectConfig = false" = ask.isSilent (ask.one (strict // { projectConfig = false; }));
    "nor with projectConfig = true written out, here or in defaults" = {
      expr = map ask.warnings [
        (ask.one (strict // { projectConfig = true; }))
        (ask.overDefaults.layered { projectConfig = true; } strict)
      ];
      expected = [
        [ ]
        [ ]
      ];
    };
    "nor where nothing is denied" = ask.isSilent (ask.one { config.permission.bash."*" = "allow"; });
  };

  errors."instructions of the project are below it" = {
    expr = ask.configText (ask.one {
      projectConfig = false;
      projectInstructions = [ "/etc/passwd" ];
    }) "x";
    message = "projectInstructions";
  };
}
