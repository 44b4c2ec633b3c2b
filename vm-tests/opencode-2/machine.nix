# opencode 2: an instance with options, whose agent does the same every time, and one with a file of somebody else's.
{ pkgs, ... }:
let
  inherit (import ../scripted-model.nix pkgs) path config;
in
{
  services.opencode = {
    defaults = {
      package = pkgs.opencode2;
      # The version of a preview does not say.
      opencodeMajor = 2;
      inherit path;
    };
    instances = {
      two = {
        projectConfig = false;
        config = config // {
          share = "disabled";
          permission = {
            webfetch = "deny";
            bash = [
              { "*" = "allow"; }
              { "git push*" = "deny"; }
            ];
          };
          agent.reviewer = {
            description = "Reviews";
            mode = "subagent";
            permission.edit = "deny";
          };
        };
      };
      bare = { };
      by-hand.configFile = "/srv/by-hand/opencode.json";
    };
  };

  environment.etc = {
    "opencode-tests/provider.py".source = ../provider.py;
  };
}
