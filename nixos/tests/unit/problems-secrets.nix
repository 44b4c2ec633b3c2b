# Secrets that are written out, and would be in the store: they are warned about, without being repeated.
{ lib, ask, ... }:
let
  inherit (ask) isSilent one warns;

  inStore = "is in the Nix store, where every user can read it";
  withKey =
    apiKey:
    one {
      config.provider.anthropic.options = { inherit apiKey; };
    };
in
{
  tests = {
    "a password in environment is warned about" =
      warns (one { environment.OPENCODE_SERVER_PASSWORD = "hunter2"; })
        [
          "services.opencode.instances.x.environment.OPENCODE_SERVER_PASSWORD ${inStore}"
          "Move it to one of the `environmentFiles` or `credentials`"
        ];
    "an API key in environment is warned about" =
      warns (one { environment.ANTHROPIC_API_KEY = "sk-1"; })
        [
          "instances.x.environment.ANTHROPIC_API_KEY ${inStore}"
        ];
    "a token in environment is warned about" = warns (one { environment.GITHUB_TOKEN = "ghp_1"; }) [
      "instances.x.environment.GITHUB_TOKEN ${inStore}"
    ];
    "a secret access key in environment is warned about" = warns (one {
      environment.AWS_SECRET_ACCESS_KEY = "a";
    }) [ "instances.x.environment.AWS_SECRET_ACCESS_KEY ${inStore}" ];
    "a variable that takes one of defaults away, or names a file, or counts, is fine" = isSilent (one {
      environment = {
        ANTHROPIC_API_KEY = null;
        GITHUB_TOKEN = "";
        OPENAI_API_KEY_FILE = "/run/secrets/openai";
        SERVICE_TOKEN = "/run/secrets/token";
        MAX_TOKEN = 4096;
      };
    });

    "an apiKey in config is warned about, with what to write instead" =
      warns (withKey "sk-1")
        [
          "services.opencode.instances.x.config.provider.anthropic.options.apiKey ${inStore}"
          "Write \"{env:NAME}\" instead"
          "\"{file:PATH}\""
        ];
    "one that opencode takes from its environment or from a file is fine" = {
      expr = map (key: ask.warnings (withKey key)) [
        "{env:ANTHROPIC_API_KEY}"
        "{file:/run/credentials/opencode-x.service/anthropic}"
      ];
      expected = [
        [ ]
        [ ]
      ];
    };
    "a header of an MCP server is warned about" =
      warns
        (one {
          config.mcp.tracker = {
            type = "remote";
            url = "https://tracker.example";
            headers.Authorization = "Bearer abc";
          };
        })
        [ "instances.x.config.mcp.tracker.headers.Authorization ${inStore}" ];
    "a header that has its secret from elsewhere is fine" = isSilent (one {
      config.mcp.tracker = {
        type = "remote";
        url = "https://tracker.example";
        headers.Authorization = "Bearer {env:TRACKER}";
      };
    });
    "a variable of an MCP server is warned about" =
      warns
        (one {
          config.mcp.tracker = {
            type = "local";
            command = [ "tracker" ];
            environment.TRACKER_API_KEY = "abc";
          };
        })
        [ "instances.x.config.mcp.tracker.environment.TRACKER_API_KEY ${inStore}" ];
    "a key in extraConfig is warned about" = warns (one {
      config.extraConfig.newer.apiKey = "abc";
    }) [ "instances.x.config.newer.apiKey ${inStore}" ];
    "a key below a name that needs quotes is told of as one would write it" =
      warns
        (one {
          config.provider."my.own".options.apiKey = "sk-1";
        })
        [ "instances.x.config.provider.\"my.own\".options.apiKey ${inStore}" ];
    "a permission for a command that ends like a secret is fine" = isSilent (one {
      config.permission.bash."gh auth token" = "deny";
      projectConfig = true;
    });
    "a key in config is fine where configFile takes its place" = {
      expr = lib.filter (lib.hasInfix "apiKey") (
        ask.warnings (one {
          configFile = "/etc/own.json";
          config.provider.anthropic.options.apiKey = "sk-1";
        })
      );
      expected = [ ];
    };

    "a secret of defaults is warned about once, under defaults" =
      warns
        (ask.of {
          defaults.environment.ANTHROPIC_API_KEY = "sk-1";
          instances = {
            a = { };
            b = { };
          };
        })
        [ "services.opencode.defaults.environment.ANTHROPIC_API_KEY ${inStore}" ];
    "an instance's own secret in the place of one of defaults is warned about, too" = {
      expr = lib.length (
        ask.warnings (
          ask.of {
            defaults.config.provider.anthropic.options.apiKey = "sk-1";
            instances.a = { };
            instances.b.config.provider.anthropic.options.apiKey = "sk-2";
          }
        )
      );
      expected = 2;
    };
    "a disabled instance is not warned about" = isSilent (one {
      enable = false;
      environment.ANTHROPIC_API_KEY = "sk-1";
    });

    "no warning repeats the secret" = {
      expr = lib.any (lib.hasInfix "hunter2") (
        ask.warnings (one {
          environment.OPENCODE_SERVER_PASSWORD = "hunter2";
          config.provider.anthropic.options.apiKey = "hunter2";
        })
      );
      expected = false;
    };
  };
}
