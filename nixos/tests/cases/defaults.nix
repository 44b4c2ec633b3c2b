# What all instances have in common, what one of them changes, and what none can.
{ lib, pkgs, ... }:
{
  services.opencode = {
    defaults = {
      logLevel = lib.mkForce "WARN";
      environment.HTTPS_PROXY = "http://proxy.example:3128";
      environmentFile = "/run/secrets/opencode.env";
      path = [ pkgs.jq ];
      config = {
        model = "anthropic/claude-sonnet-4-5";
        instructions = [ "CONTRIBUTING.md" ];
        permission = {
          edit = "ask";
          bash."*" = "ask";
        };
      };
      sandbox.readOnlyPaths = [ "/srv/reference" ];
    };
    instances = {
      plain = { };
      special = {
        logLevel = "DEBUG";
        environment.EDITOR = "true";
        environmentFile = null;
        path = [ pkgs.nodejs ];
        config = {
          model = "anthropic/claude-opus-4-5";
          instructions = [ "README.md" ];
          permission.bash = "deny";
        };
        sandbox.readOnlyPaths = [ "/srv/more" ];
      };
    };
  };
}
