# A configuration that uses every key of every section, for the real server to take.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = { };
  inherit (import ../../lib.nix { inherit lib pkgs; }) configType render;

  permission = {
    read."*.env" = "deny";
    edit = "ask";
    glob = "allow";
    grep = "allow";
    list = "allow";
    bash = {
      "*" = "ask";
      "git *" = "allow";
    };
    task.explore = "allow";
    external_directory."/srv/shared/*" = "allow";
    lsp = "allow";
    skill."internal-*" = "deny";
    todowrite = "allow";
    question = "deny";
    webfetch = "ask";
    websearch = "deny";
    doom_loop = "deny";
    github_create_issue."*" = "ask";
  };

  agent = {
    model = "local/qwen3-coder";
    variant = "high";
    temperature = 0.2;
    top_p = 0.9;
    prompt = "You review changes and never edit files.";
    tools.write = false;
    disable = false;
    description = "Reviews changes";
    mode = "subagent";
    hidden = true;
    options.reasoningEffort = "high";
    color = "#FF5733";
    steps = 20;
    maxSteps = 20;
    inherit permission;
    anotherKey.level = 2;
  };

  provider = import ./rich-provider.nix;

  references = {
    shared = {
      path = "/srv/shared";
      description = "Code shared by all projects";
      hidden = false;
    };
    nixpkgs = {
      repository = "NixOS/nixpkgs";
      branch = "master";
      description = "The package set";
      hidden = true;
    };
    short = "/srv/short";
  };

  config = {
    inherit permission;
    agent = {
      review = agent;
      plan.color = "warning";
    };
    attachment.image = {
      auto_resize = true;
      max_width = 1568;
      max_height = 1568;
      max_base64_bytes = 4000000;
    };
    autoshare = false;
    autoupdate = "notify";
    command.review = {
      template = "Review $ARGUMENTS";
      description = "Review the current branch";
      agent = "review";
      model = "local/qwen3-coder";
      variant = "high";
      subtask = true;
    };
    compaction = {
      auto = true;
      prune = true;
      tail_turns = 0;
      preserve_recent_tokens = 8000;
      reserved = 20000;
    };
    default_agent = "build";
    disabled_providers = [ "openai" ];
    enabled_providers = [ "local" ];
    enterprise.url = "http://127.0.0.1:9";
    experimental = {
      disable_paste_summary = true;
      batch_tool = true;
      openTelemetry = false;
      primary_tools = [ "webfetch" ];
      continue_loop_on_deny = true;
      mcp_timeout = 30000;
      policies = [
        {
          action = "provider.use";
          effect = "deny";
          resource = "openai";
        }
      ];
    };
    formatter.nixfmt = {
      disabled = false;
      command = [
        "nixfmt"
        "$FILE"
      ];
      environment.NO_COLOR = "1";
      extensions = [ ".nix" ];
    };
    instructions = [ "CONTRIBUTING.md" ];
    layout = "stretch";
    logLevel = "WARN";
    lsp = {
      nixd = {
        command = [ "nixd" ];
        extensions = [ ".nix" ];
        disabled = false;
        env.RUST_LOG = "error";
        initialization.formatting.command = [ "nixfmt" ];
      };
      typescript.disabled = true;
    };
    mcp = {
      here = {
        command = [ "mcp-server" ];
        cwd = "tools";
        environment.TOKEN = "none";
        enabled = false;
        timeout = 15000;
      };
      there = {
        url = "http://127.0.0.1:9/mcp";
        enabled = false;
        headers.X-Team = "platform";
        oauth = {
          clientId = "opencode";
          clientSecret = "none";
          scope = "read";
          callbackPort = 19900;
          redirectUri = "http://127.0.0.1:19900/callback";
        };
        timeout = 15000;
      };
      elsewhere.enabled = false;
    };
    mode.careful = agent // {
      mode = "primary";
    };
    model = "local/qwen3-coder";
    plugin = [
      "file:///nonexistent/audit.js"
      [
        "file:///nonexistent/report.js"
        { level = "info"; }
      ]
    ];
    providers.local = provider;
    reference = references;
    inherit references;
    server = {
      port = 4096;
      hostname = "127.0.0.1";
      mdns = false;
      mdnsDomain = "opencode-web.local";
      cors = [ "https://opencode.example.org" ];
    };
    share = "disabled";
    shell = "/bin/sh";
    skills = {
      paths = [ "/srv/skills" ];
      urls = [ "http://127.0.0.1:9/skills/" ];
    };
    small_model = "local/qwen3-coder";
    snapshot = false;
    subagent_depth = 2;
    tool_output = {
      max_lines = 4000;
      max_bytes = 102400;
    };
    tools.webfetch = false;
    username = "ops";
    watcher.ignore = [ "target/**" ];
  };
in
render
  (lib.evalModules {
    modules = [
      { options.opencode = lib.mkOption { type = configType; }; }
      { opencode = config; }
    ];
  }).config.opencode
