# Instances of opencode 2: in the keys of 1, and in its own.
{ pkgs, ... }:
{
  services.opencode = {
    defaults = {
      package = pkgs.opencode2;
      opencodeMajor = 2;
      auth.passwordFile = "/run/secrets/opencode-password";
    };
    instances = {
      bare = { };
      own.config = {
        permissions = [
          {
            action = "shell";
            resource = "git push *";
            effect = "deny";
          }
        ];
        agents.review.mode = "subagent";
        mcp.servers.docs = {
          type = "remote";
          url = "https://mcp.example.org/mcp";
        };
      };
    };
  };
}
