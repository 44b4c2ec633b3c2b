# What all instances have in common, and one that differs.
{
  services.opencode = {
    defaults = {
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
