# Every option set, and paths with characters that systemd and shells take for something else.
{ pkgs, ... }:
{
  services.opencode.metrics = {
    enable = true;
    directory = "/srv/100% metrics";
    interval = "5min";
  };

  services.opencode.instances.full = {
    directory = "/srv/100% our project";
    stateDir = "/srv/state of full";
    listen = {
      address = "0.0.0.0";
      port = 9090;
    };
    openFirewall = true;
    user = "agent";
    group = "agents";
    extraGroups = [ "media" ];
    environment = {
      GREETING = "100% $HOME \"quoted\"";
      LIMIT = 3;
    };
    environmentFile = "/run/secrets/full.env";
    environmentFiles = [ "-/run/secrets/more of it.env" ];
    credentials = {
      OPENCODE_SERVER_PASSWORD = "/run/secrets/full-password";
      anthropic = "/run/secrets/anthropic";
    };
    path = [ pkgs.jq ];
    logLevel = "DEBUG";
    extraArgs = [
      "--cors"
      "https://web.example/?a=%20$b"
    ];
    config = {
      model = "anthropic/claude-sonnet-4-5";
      provider.anthropic.options.apiKey = "{file:/run/credentials/opencode-full.service/anthropic}";
      permission.bash = {
        "*" = "ask";
        "git *" = "allow";
      };
      instructions = [ "CONTRIBUTING.md" ];
      snapshot = false;
    };
    preInitScript = ''
      test "$OPENCODE_SETUP_PHASE" = pre-init
      echo "before: $(ls -A | wc -l) entries"
    '';
    postInitScript = ''
      test -L .config/opencode/opencode.json
      echo ready > greeting
    '';
    hooks = "first-run";
    onConflict = "fail";
    sandbox = {
      readWritePaths = [ "/srv/shared things" ];
      readOnlyPaths = [ "-/home/alice/reference" ];
      unixSockets.allow = [ "/run/postgresql" ];
    };
    serviceConfig = {
      MemoryMax = "4G";
      TimeoutStopSec = 30;
    };
  };
}
