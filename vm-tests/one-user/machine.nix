# A person's own machine: three instances that run as that person.
{ pkgs, ... }:
let
  secret = name: { environment.SECRET_OF = "secret-of-${name}"; };
in
{
  users.users.alice.isNormalUser = true;

  services.opencode = {
    defaults.path = [ pkgs.procps ];
    instances = {
      one = secret "one" // {
        user = "alice";
      };
      two = secret "two" // {
        user = "alice";
        serviceConfig = import ../sleeping.nix pkgs;
      };
      # Whose state is not in the folder of all.
      three = secret "three" // {
        user = "alice";
        stateDir = "/srv/state-of-three";
        serviceConfig = import ../sleeping.nix pkgs;
      };
    };
  };
}
