# Keys that only opencode 2 has.
let
  ofTwo = "A key of opencode 2; an instance is wholly in the keys of 1 or wholly in those of 2.";

  rule = {
    action = {
      example = "shell";
      description = "What it is about: a tool's name, such as `shell`, `edit` or `webfetch`; `*` stands for any text.";
    };
    effect.description = "Whether it is allowed, asked for or denied.";
    resource = {
      example = "git push *";
      description = "What it is done to: a command or a path, for example; `*` is any text, `?` one character.";
    };
  };

  rulesAt = path: {
    "${path}.*.action" = rule.action;
    "${path}.*.effect" = rule.effect;
    "${path}.*.resource" = rule.resource;
  };

  example = [
    {
      action = "shell";
      resource = "git push *";
      effect = "deny";
    }
  ];
in
{
  permissions = {
    inherit example;
    description = "What agents may do, as a list of rules in which the last that matches holds. Those of `defaults` and of an instance do not add up. ${ofTwo}";
  };

  agents = {
    example.review = {
      description = "Reviews changes for correctness";
      mode = "subagent";
    };
    description = "Agents by name. ${ofTwo}";
  };
  "agents.<name>.color" = {
    example = "#FF5733";
    description = "The agent's colour in the interface.";
  };
  "agents.<name>.description" = {
    example = "Reviews changes for correctness";
    description = "What the agent is for, by which others choose it.";
  };
  "agents.<name>.disabled".description = "Whether there is no such agent. When unset, there is.";
  "agents.<name>.hidden".description = "Whether people do not see the agent in lists. When unset, they do.";
  "agents.<name>.mode".description = "Whether people start it (`primary`), other agents do (`subagent`), or both.";
  "agents.<name>.model" = {
    example = "anthropic/claude-sonnet-4-5";
    description = "The model it works with, with `#` and a variant behind it if need be.";
  };
  "agents.<name>.permissions" = {
    inherit example;
    description = "Its own rules, which come after those of every agent.";
  };
  "agents.<name>.steps" = {
    example = 50;
    description = "After how many steps it has to end a turn.";
  };
  "agents.<name>.system" = {
    example = "You review changes.";
    description = "Its prompt.";
  };

  "mcp.servers" = {
    example.docs = {
      type = "remote";
      url = "https://mcp.example.org/mcp";
    };
    description = "MCP servers by name. ${ofTwo}";
  };
  "mcp.servers.<name>.command" = {
    example = [ "docs-mcp-server" ];
    description = "The program and its arguments, of a local server.";
  };
  "mcp.servers.<name>.cwd" = {
    example = "tools";
    description = "The directory a local server runs in, relative to the project.";
  };
  "mcp.servers.<name>.disabled".description = "Whether not to connect to it. When unset, it is connected to.";
  "mcp.servers.<name>.environment" = {
    example.TOKEN = "{env:TOKEN}";
    description = "Environment variables of a local server. Secrets belong into a file or the environment.";
  };
  "mcp.servers.<name>.headers" = {
    example.Authorization = "Bearer {env:MCP_TOKEN}";
    description = "HTTP headers sent to a remote server. Secrets belong into a file or the environment.";
  };
  "mcp.servers.<name>.timeout" = {
    example.execution = 30000;
    description = "How long it may take.";
  };
  "mcp.servers.<name>.timeout.catalog" = {
    example = 30000;
    description = "Milliseconds for a list of its tools.";
  };
  "mcp.servers.<name>.timeout.execution" = {
    example = 30000;
    description = "Milliseconds for a call of a tool.";
  };
  "mcp.servers.<name>.timeout.startup" = {
    example = 10000;
    description = "Milliseconds for its start.";
  };
  "mcp.servers.<name>.type".description = "Whether it is started here or reached by URL.";
  "mcp.servers.<name>.url" = {
    example = "https://mcp.example.org/mcp";
    description = "The address of a remote server.";
  };
}
// rulesAt "permissions"
// rulesAt "agents.<name>.permissions"
