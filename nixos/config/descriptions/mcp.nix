# MCP servers: programs and sites that give agents more tools.
{
  mcp = {
    exampleText = ''
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

  "mcp.<name>.command" = {
    exampleText = ''[ "''${pkgs.github-mcp-server}/bin/github-mcp-server" "stdio" ]'';
    description = "The program and its arguments, of a local server.";
  };

  "mcp.<name>.cwd" = {
    example = "tools";
    description = "The directory a local server runs in, relative to the project. When unset, the project's.";
  };

  "mcp.<name>.enabled".description = ''
    Whether to connect to it. When unset, yes. On its own, it switches a server on or off that is defined
    elsewhere, such as in the project's opencode.json.
  '';

  "mcp.<name>.environment" = {
    example = {
      GITHUB_TOKEN = "{env:GITHUB_TOKEN}";
    };
    description = ''
      Environment variables that a local server gets beside the opencode server's. Secrets belong into a file or the
      environment, as `{file:/path}` or `{env:NAME}`.
    '';
  };

  "mcp.<name>.headers" = {
    example = {
      Authorization = "Bearer {env:MCP_TOKEN}";
    };
    description = "HTTP headers sent to a remote server. Secrets belong into a file or the environment.";
  };

  "mcp.<name>.oauth" = {
    example = {
      scope = "read:issues";
    };
    description = "How to log in to a remote server, or `false` never to try. When unset, the server finds out.";
  };

  "mcp.<name>.oauth.callbackPort" = {
    example = 19900;
    description = "The local port the browser is sent back to. When unset, 19876. Ignored if `redirectUri` is set.";
  };

  "mcp.<name>.oauth.clientId" = {
    example = "opencode-web";
    description = "The client's ID. When unset, the server registers itself as a client (RFC 7591).";
  };

  "mcp.<name>.oauth.clientSecret" = {
    example = "{file:/run/credentials/opencode-web.service/oauth}";
    description = ''
      The client's secret. Do not write it here, where it would be readable in the Nix store: let opencode read it
      with `{file:/path}` or `{env:NAME}`.
    '';
  };

  "mcp.<name>.oauth.redirectUri" = {
    example = "https://opencode.example.org/mcp/oauth/callback";
    description = "The URL the browser is sent back to. When unset, `http://127.0.0.1:19876/mcp/oauth/callback`.";
  };

  "mcp.<name>.oauth.scope" = {
    example = "read:issues";
    description = "The scopes to ask for, separated by spaces.";
  };

  "mcp.<name>.timeout" = {
    example = 15000;
    description = "Milliseconds a call to it may take. When unset, `experimental.mcp_timeout`, or else 5000.";
  };

  "mcp.<name>.type".description = ''
    Whether it is started here (`local`) or reached by URL (`remote`). There is no need to set it: `command`
    makes it local, `url` remote.
  '';

  "mcp.<name>.url" = {
    example = "https://mcp.example.org/mcp";
    description = "The address of a remote server.";
  };
}
