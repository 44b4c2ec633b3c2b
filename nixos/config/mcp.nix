# MCP servers: programs and sites that give agents more tools.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    enum
    ints
    listOf
    str
    ;

  oauth = types.object {
    clientId = declare.optional str {
      example = "opencode-web";
      description = "The client's ID. When unset, the server registers itself as a client (RFC 7591).";
    };
    clientSecret = declare.optional str {
      example = "{file:/run/credentials/opencode-web.service/oauth}";
      description = ''
        The client's secret. Do not write it here, where it would be readable in the Nix store: let opencode read it
        with `{file:/path}` or `{env:NAME}`.
      '';
    };
    scope = declare.optional str {
      example = "read:issues";
      description = "The scopes to ask for, separated by spaces.";
    };
    callbackPort = declare.optional types.listenPort {
      example = 19900;
      description = "The local port the browser is sent back to. When unset, 19876. Ignored if `redirectUri` is set.";
    };
    redirectUri = declare.optional str {
      example = "https://opencode.example.org/mcp/oauth/callback";
      description = "The URL the browser is sent back to. When unset, `http://127.0.0.1:19876/mcp/oauth/callback`.";
    };
  };

  server = types.shapedObject {
    options = {
      type =
        declare.optional
          (enum [
            "local"
            "remote"
          ])
          {
            description = ''
              Whether it is started here (`local`) or reached by URL (`remote`). There is no need to set it: `command`
              makes it local, `url` remote.
            '';
          };
      enabled = declare.optional bool {
        description = ''
          Whether to connect to it. When unset, yes. On its own, it switches a server on or off that is defined
          elsewhere, such as in the project's opencode.json.
        '';
      };
      timeout = declare.optional ints.positive {
        example = 15000;
        description = "Milliseconds a call to it may take. When unset, `experimental.mcp_timeout`, or else 5000.";
      };

      command = declare.optional (listOf str) {
        example = lib.literalExpression ''[ "''${pkgs.github-mcp-server}/bin/github-mcp-server" "stdio" ]'';
        description = "The program and its arguments, of a local server.";
      };
      cwd = declare.optional str {
        example = "tools";
        description = "The directory a local server runs in, relative to the project. When unset, the project's.";
      };
      environment = declare.map str {
        example = {
          GITHUB_TOKEN = "{env:GITHUB_TOKEN}";
        };
        description = ''
          Environment variables that a local server gets beside the opencode server's. Secrets belong into a file or the
          environment, as `{file:/path}` or `{env:NAME}`.
        '';
      };

      url = declare.optional str {
        example = "https://mcp.example.org/mcp";
        description = "The address of a remote server.";
      };
      headers = declare.map str {
        example = {
          Authorization = "Bearer {env:MCP_TOKEN}";
        };
        description = "HTTP headers sent to a remote server. Secrets belong into a file or the environment.";
      };
      oauth =
        declare.optional
          (types.union [
            (enum [ false ])
            oauth
          ])
          {
            example = {
              scope = "read:issues";
            };
            description = "How to log in to a remote server, or `false` never to try. When unset, the server finds out.";
          };
    };
    shapes = [
      {
        name = "a local server";
        required = [ "command" ];
        optional = [
          "cwd"
          "enabled"
          "environment"
          "timeout"
        ];
        fixed.type = "local";
      }
      {
        name = "a remote server";
        required = [ "url" ];
        optional = [
          "enabled"
          "headers"
          "oauth"
          "timeout"
        ];
        fixed.type = "remote";
      }
      {
        name = "a switch for a server that is defined elsewhere";
        required = [ "enabled" ];
        optional = [ ];
      }
    ];
  };
in
{
  mcp = declare.map server {
    example = lib.literalExpression ''
      {
        github = {
          command = [ "''${pkgs.github-mcp-server}/bin/github-mcp-server" "stdio" ];
          environment.GITHUB_TOKEN = "{env:GITHUB_TOKEN}";
        };
        docs.url = "https://mcp.example.org/mcp";
      }
    '';
    description = "MCP servers by name. Agents see their tools as `<name>_<tool>`.";
  };
}
