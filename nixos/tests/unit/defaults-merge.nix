# What becomes of a value in services.opencode.defaults and one of the instance's in the same place.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  inherit (lib) mkForce;

  inherit (ask.overDefaults) configOf layered optionsOf;

  toolsOf = defaults: x: ask.searchPath (layered defaults x) "opencode-x";
in
{
  tests = {
    "environment merges key by key" = {
      expr =
        (optionsOf
          {
            environment = {
              A = "default";
              B = "default";
            };
          }
          {
            environment = {
              B = "own";
              C = "own";
            };
          }
        ).environment;
      expected = {
        A = "default";
        B = "own";
        C = "own";
      };
    };

    "config merges key by key in nested sections" = {
      expr =
        configOf
          {
            compaction = {
              auto = true;
              prune = true;
            };
            agent.review.model = "a";
          }
          {
            compaction.prune = false;
            agent.review.description = "own";
            agent.plan.model = "b";
          };
      expected = {
        compaction = {
          auto = true;
          prune = false;
        };
        agent.review = {
          model = "a";
          description = "own";
        };
        agent.plan.model = "b";
      };
    };

    "config merges key by key in open attribute sets" = {
      expr =
        configOf
          {
            provider.local.options = {
              baseURL = "http://127.0.0.1:1";
              headers.A = "default";
            };
            extraConfig.new.deep.a = 1;
          }
          {
            provider.local.options.headers.B = "own";
            extraConfig.new.deep.b = 2;
          };
      expected = {
        provider.local.options = {
          baseURL = "http://127.0.0.1:1";
          headers = {
            A = "default";
            B = "own";
          };
        };
        new.deep = {
          a = 1;
          b = 2;
        };
      };
    };

    "providers in defaults and provider in an instance meet" = {
      expr = configOf { providers.local.options.a = 1; } { provider.local.options.b = 2; };
      expected.provider.local.options = {
        a = 1;
        b = 2;
      };
    };

    "a list in config is replaced" = {
      expr =
        configOf
          {
            instructions = [ "a.md" ];
            watcher.ignore = [ "dist" ];
          }
          {
            instructions = [ "b.md" ];
          };
      expected = {
        instructions = [ "b.md" ];
        watcher.ignore = [ "dist" ];
      };
    };

    "path adds up, the instance's own first" = {
      expr = lib.take 2 (toolsOf { path = [ pkgs.jq ]; } { path = [ pkgs.nodejs ]; });
      expected = [
        "nodejs"
        "jq"
      ];
    };
    "mkForce in an instance leaves the path of defaults out" = {
      expr = (optionsOf { path = [ pkgs.jq ]; } { path = mkForce [ ]; }).path;
      expected = [ ];
    };

    "sandbox adds up" = {
      expr =
        removeAttrs (optionsOf
          {
            sandbox = {
              readWritePaths = [ "/a" ];
              readOnlyPaths = [ "/b" ];
              unixSockets.allow = [ "/c" ];
            };
          }
          {
            sandbox = {
              readWritePaths = [ "/1" ];
              readOnlyPaths = [ "/2" ];
              unixSockets.allow = [ "/3" ];
            };
          }
        ).sandbox [ "readOnlyGit" ];
      expected = {
        readWritePaths = [
          "/1"
          "/a"
        ];
        readOnlyPaths = [
          "/2"
          "/b"
        ];
        unixSockets.allow = [
          "/3"
          "/c"
        ];
      };
    };
  };
}
