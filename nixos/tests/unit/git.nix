# What git is told: which repositories it may trust, who commits, and what it pushes with.
{
  lib,
  ask,
  evalWholeNixos,
  ...
}:
let
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  bare = ask.one { directory = "/srv/theirs"; };
  fileOf = config: ask.variable config "opencode-x" "GIT_CONFIG_SYSTEM";
  textOf = config: builtins.readFile (fileOf config);
  lacks = text: lib.filter (part: !lib.hasInfix part text);

  pushing = ask.one { git.credentialsFile = "/run/secrets/git"; };
  helperOf =
    config: lib.head (builtins.match ".*helper = \"([^\"]*)\".*" (lib.replaceStrings [ "\n" ] [ " " ] (textOf config)));
in
{
  tests = {
    "both units have the same configuration" = {
      expr = map (unit: ask.variable bare unit "GIT_CONFIG_SYSTEM" == fileOf bare) units;
      expected = [
        true
        true
      ];
    };
    "the directory and what is below it are safe, whoever owns them" = {
      expr = lacks (textOf bare) [
        "[safe]\n\tdirectory = \"/srv/theirs\"\n\tdirectory = \"/srv/theirs/*\"\n"
      ];
      expected = [ ];
    };
    "/etc/gitconfig comes after ours, and wins" = {
      expr = lib.hasSuffix "[include]\n\tpath = \"/etc/gitconfig\"\n" (textOf bare);
      expected = true;
    };
    "an operator's own GIT_CONFIG_COUNT is left as it is" = {
      expr =
        let
          config = ask.one {
            environment = {
              GIT_CONFIG_COUNT = 1;
              GIT_CONFIG_KEY_0 = "core.pager";
              GIT_CONFIG_VALUE_0 = "cat";
            };
          };
        in
        map (ask.variable config "opencode-x") [
          "GIT_CONFIG_COUNT"
          "GIT_CONFIG_KEY_0"
          "GIT_CONFIG_VALUE_0"
        ]
        ++ [ (lib.hasInfix "[safe]" (textOf config)) ];
      expected = [
        "1"
        "core.pager"
        "cat"
        true
      ];
    };
    "an operator's own GIT_CONFIG_SYSTEM takes the place of ours" = {
      expr = fileOf (ask.one { environment.GIT_CONFIG_SYSTEM = "/etc/own-gitconfig"; });
      expected = "/etc/own-gitconfig";
    };

    "commits are the instance's by default" = {
      expr = lacks (textOf bare) [ "email = \"x@localhost\"\n\tname = \"x\"" ];
      expected = [ ];
    };
    "the host in the address is the system's" = {
      expr = map (
        networking:
        (evalWholeNixos [
          {
            inherit networking;
            services.opencode.instances.x = { };
          }
        ]).config.services.opencode.instances.x.git.userEmail
      ) [
        { hostName = "agents"; }
        {
          hostName = "agents";
          domain = "example.org";
        }
        { hostName = ""; }
      ];
      expected = [
        "x@agents"
        "x@agents.example.org"
        "x@localhost"
      ];
    };
    "an operator says whose they are, for one or for all" = {
      expr = lacks (textOf (
        ask.overDefaults.layered { git.userEmail = "agents@example.org"; } { git.userName = "Web agent"; }
      )) [ "email = \"agents@example.org\"\n\tname = \"Web agent\"" ];
      expected = [ ];
    };

    "credentials are systemd's to load, and a helper's to read" = {
      expr = [
        (map (unit: ask.directive pushing unit "LoadCredential") units)
        (lib.hasInfix "git credential-store --file=\"$CREDENTIALS_DIRECTORY/git-credentials\" get" (
          builtins.readFile (helperOf pushing)
        ))
      ];
      expected = [
        [
          [ "git-credentials:/run/secrets/git" ]
          [ "git-credentials:/run/secrets/git" ]
        ]
        true
      ];
    };
    "there is no helper without credentials" = {
      expr = lib.hasInfix "[credential]" (textOf bare);
      expected = false;
    };
  };

  errors."credentials in the store are refused" = {
    expr = textOf (ask.one { git.credentialsFile = "/nix/store/x"; });
    message = "is in the Nix store, where everyone can read it";
  };
}
