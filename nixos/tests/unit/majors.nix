# Which major of opencode an instance runs, and what follows from that.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  inherit (ask) accepts one refuses;

  packageOf = version: pkgs.package "opencode" // { inherit version; };
  two = x: one (x // { opencodeMajor = 2; });
  withPassword = two { auth.passwordFile = "/run/secrets/password"; };
  twoWith =
    config:
    two {
      auth.passwordFile = "/run/secrets/password";
      inherit config;
    };
  ofTwo.permissions = [
    {
      action = "shell";
      resource = "git push *";
      effect = "deny";
    }
  ];
  apiOf = x: (ask.manifest (one x) "x").server.api;
in
{
  tests = {
    "the version of the package says which major it is" = {
      expr = map (version: apiOf { package = packageOf version; }) [
        "1.18.33"
        "2.0.5"
      ];
      expected = [
        1
        2
      ];
    };
    "opencodeMajor says it where the version does not" = {
      expr = map (
        opencodeMajor:
        apiOf {
          inherit opencodeMajor;
          package = packageOf "0.0.0-next-16350";
        }
      ) [
        1
        2
      ];
      expected = [
        1
        2
      ];
    };
    "a version that does not say is refused" =
      refuses (one { package = packageOf "0.0.0-next-16350"; })
        [
          "instances.x.package"
          "\"0.0.0-next-16350\""
          "Set `opencodeMajor`"
        ];
    "and so is a package without one" = refuses (one {
      package = removeAttrs (pkgs.package "wrapped") [ "version" ];
    }) [ "Set `opencodeMajor`" ];

    "1 is started with --print-logs, and 2 is not" = {
      expr = map (config: lib.hasInfix ''"--print-logs"'' (ask.value config "opencode-x" "ExecStart")) [
        (one { })
        withPassword
      ];
      expected = [
        true
        false
      ];
    };
    "2 is told by a variable to print its logs, and 1 is not" = {
      expr = map (config: ask.variable config "opencode-x" "OPENCODE_PRINT_LOGS") [
        (one { })
        withPassword
      ];
      expected = [
        null
        "1"
      ];
    };
    "a server of 2 that ends on SIGTERM was stopped" = {
      expr = ask.directive withPassword "opencode-x" "SuccessExitStatus";
      expected = [
        "0"
        "130"
      ];
    };
    "logLevel is spelt as each takes it" = {
      expr = map (config: lib.last (lib.splitString " " (ask.value config "opencode-x" "ExecStart"))) [
        (one { logLevel = "WARN"; })
        (two { logLevel = "WARN"; })
      ];
      expected = [
        ''"WARN"''
        ''"warn"''
      ];
    };
    "and 2 has it in a variable, too, which its log goes by" = {
      expr = map (config: ask.variable config "opencode-x" "OPENCODE_LOG_LEVEL") [
        (one { logLevel = "WARN"; })
        (two { logLevel = "WARN"; })
        (two { })
      ];
      expected = [
        null
        "WARN"
        null
      ];
    };
    "each has its own variables for a project whose configuration is not read" = {
      expr =
        map
          (
            config:
            map (ask.variable config "opencode-x") [
              "OPENCODE_DISABLE_PROJECT_CONFIG"
              "OPENCODE_DISABLE_EXTERNAL_SKILLS"
            ]
          )
          [
            (one { projectConfig = false; })
            (two { projectConfig = false; })
          ];
      expected = [
        [
          "1"
          "1"
        ]
        [
          "1"
          null
        ]
      ];
    };
    "2 knows no --cors" = refuses (two {
      auth.passwordFile = "/run/secrets/password";
      extraArgs = [ "--cors=https://a.example" ];
    }) [ "does not know --cors, so it would print its help and exit. It knows --hostname, --log-level, --port, --service, --stdio" ];

    "a server does not start on a HOME that no setup has made its major's" = {
      expr = map (x: ask.directive x "opencode-x" "ExecStartPre") [ withPassword ] != [ [ ] ];
      expected = true;
    };
    "the password's unit is left alone by a switch where the server is" = {
      expr = (two { restartIfChanged = false; }).systemd.services.opencode-x-password.restartIfChanged;
      expected = false;
    };
    "the databases of both majors are copied before the first start under another" = {
      expr =
        let
          call = x: lib.splitString " " (ask.value x "opencode-x-setup" "ExecStartPre");
          script = builtins.readFile (lib.head (call (one { })));
        in
        map (part: lib.hasInfix part script) [
          "opencode*.db-wal"
          "opencode*.db "
        ]
        ++ map (x: lib.last (call x)) [
          (one { })
          withPassword
        ];
      expected = [
        true
        true
        "1"
        "2"
      ];
    };
    "2 has a password made where no file is named" = {
      expr = map (x: lib.elem "opencode-x-password" (ask.unitNames x)) [
        (two { })
        withPassword
        (two { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password"; })
        (one { })
      ];
      expected = [
        true
        false
        false
        false
      ];
    };
    "2 without any is refused" = refuses (two { auth.generate = false; }) [
      "instances.x.auth.generate is false"
      "print it to the journal"
    ];
    "its file is taken in either place" = accepts (
      ask.instances {
        a = {
          opencodeMajor = 2;
          auth.passwordFile = "/run/secrets/password";
        };
        b = {
          opencodeMajor = 2;
          credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password";
        };
      }
    );
    "2 has the keys of 1 as they are written, and always a rule to tell by that it has read them" = {
      expr = map (config: ask.configOf (twoWith config) "x") [
        { }
        { model = "a/b"; }
        { permission.edit = "deny"; }
      ];
      expected = [
        { permission.opencode-setup = "deny"; }
        {
          model = "a/b";
          permission.opencode-setup = "deny";
        }
        { permission.edit = "deny"; }
      ];
    };
    "and so it is with its own keys" = {
      expr = map (config: ask.configOf (twoWith config) "x") [
        ofTwo
        { agents.review.mode = "subagent"; }
      ];
      expected = [
        ofTwo
        {
          agents.review.mode = "subagent";
          permissions = [
            {
              action = "opencode-setup";
              resource = "*";
              effect = "deny";
            }
          ];
        }
      ];
    };
    "the keys of 2 are accepted for 2" = accepts (twoWith ofTwo);
    "and give no warning" = ask.isSilent (twoWith ofTwo);
    "without the comparison at the start, nothing tells that 2 has dropped its configuration" =
      ask.warns (two { checkOnStart = false; })
        [
          "instances.x.checkOnStart is false"
          "it ignores the whole configuration"
        ];
    "nor where it listens on a name" = ask.warns (two { listen.address = "agents.example"; }) [
      "nothing checks whether opencode 2 has read its configuration"
    ];
    "keys of both are refused, and named" =
      refuses
        (twoWith (
          ofTwo
          // {
            permission.edit = "deny";
            mcp.here.command = [ "x" ];
          }
        ))
        [
          "instances.x.config (with `defaults`) has keys of opencode 1 (`permission', `mcp.here')"
          "of opencode 2 (`permissions')"
        ];
    "the places of skills are written as 1 has them" = refuses (twoWith (
      ofTwo // { skills.paths = [ "/srv/skills" ]; }
    )) [ "(`skills') and keys of opencode 2 (`permissions')" ];
    "keys that defaults bring count" = refuses (ask.of {
      defaults.config.agent.review.mode = "subagent";
      instances.x = {
        opencodeMajor = 2;
        auth.passwordFile = "/run/secrets/password";
        config = ofTwo;
      };
    }) [ "(`agent')" ];
    "keys that extraConfig brings count" = refuses (twoWith {
      model = "a/b";
      snapshot = false;
      extraConfig.providers.p.name = "P";
    }) [ "(`snapshot') and keys of opencode 2 (`providers')" ];
    "the keys of 2 give a warning for 1, which ignores them" = ask.warns (one { config = ofTwo; }) [
      "opencode 1 ignores `permissions'"
    ];
    "what 2 ignores of 1 gives a warning" =
      ask.warns
        (twoWith {
          small_model = "a/b";
          experimental.batch_tool = true;
        })
        [ "opencode 2 ignores `small_model', `experimental.batch_tool'" ];

  };

  errors."a third major is refused" = {
    expr = (one { opencodeMajor = 3; }).systemd.units."opencode-x.service".text;
    message = "instances.x.opencodeMajor' is not of type";
  };
}
