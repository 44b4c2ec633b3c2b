# Two instances with the same rules: one whose project may say more, and one whose project may not.
{ lib, pkgs, ... }:
{
  services.opencode = {
    defaults = {
      path = [ pkgs.python3 ];
      context = "The operator's context.";
      agents.reviewer = ''
        ---
        description: Reviews
        mode: subagent
        permission:
          edit: deny
        ---
        Review.
      '';
      commands.changes = ''
        ---
        description: Sums up
        ---
        Sum up.
      '';
      skills.release = ''
        ---
        name: release
        description: How to release
        ---
        Release.
      '';
      plugins."audit.js" = ''
        export const Audit = async () => ({ config: async (config) => { config.username = "audited" } })
      '';
      tools."stamp.js" = ''
        export default { description: "Gives a stamp", args: {}, async execute() { return "stamped" } }
      '';
      config = {
        model = "scripted/agent";
        share = "disabled";
        permission = {
          edit = "deny";
          webfetch = "deny";
          bash = {
            "*" = "allow";
            "git push*" = "deny";
          };
        };
        mcp.echo = {
          type = "local";
          command = [
            "${pkgs.python3}/bin/python3"
            "/etc/opencode-tests/mcp.py"
          ];
        };
        provider = lib.recursiveUpdate (import ../scripted-model.nix pkgs).config.provider {
          scripted.options.baseURL = "http://127.0.0.1:18081/v1";
        };
      };
    };

    instances = {
      closed.projectConfig = false;
      lifted.projectConfig = true;
    };
  };

  environment.etc = {
    "opencode-tests/provider-of-hostile.py".source = ./provider.py;
    "opencode-tests/mcp.py".source = ./mcp.py;
    "opencode-tests/attack".source = ./attack;
  };
}
