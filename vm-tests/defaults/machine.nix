# What all instances have in common, and one that differs.
{ pkgs, ... }:
{
  services.opencode = {
    defaults = {
      serviceConfig = import ../sleeping.nix pkgs;
      environment = {
        ONE = "default";
        TWO = "default";
      };
      config = {
        username = "default";
        permission.bash = {
          "git *" = "allow";
          "rm *" = "deny";
        };
      };
    };
    instances = {
      plain = { };
      special = {
        environment.TWO = "special";
        config = {
          username = "special";
          permission.bash."rm *" = "ask";
        };
      };
    };
  };
}
