# Two instances with what most operators set, as a NixOS module. `docs/reference/options.md` describes every option.
{ lib, pkgs, ... }:
{
  services.opencode = {
    # What both start from.
    defaults = {
      path = [ pkgs.nodejs ];
      environmentFile = "/run/secrets/opencode.env"; # ANTHROPIC_API_KEY=...
      # What is set here holds, whatever a repository brings.
      projectConfig = false;
      config = {
        model = "anthropic/claude-sonnet-4-5";
        permission.bash = {
          "*" = "ask";
          "git status*" = "allow";
        };
        # No instance can say otherwise.
        share = lib.mkForce "disabled";
      };
    };

    instances = {
      # A name is enough.
      scratch = { };

      # A project that exists already, with a server that others on the network reach.
      web = {
        directory = "/srv/projects/web";
        listen.address = "0.0.0.0";
        openFirewall = true;
        credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/opencode-web-password";
        sandbox.readOnlyPaths = [ "-/srv/reference" ];
        serviceConfig.MemoryMax = "4G";
      };
    };
  };
}
