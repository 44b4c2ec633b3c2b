# An instance with a tool, and one without.
{ pkgs, ... }:
{
  services.opencode.defaults.serviceConfig = import ../sleeping.nix pkgs;
  services.opencode.instances = {
    equipped = {
      path = [ pkgs.jq ];
      postInitScript = "command -v jq";
    };
    bare = { };
  };
}
