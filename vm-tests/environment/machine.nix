# Variables that anyone may know, and files of those that nobody may.
{ pkgs, ... }:
{
  services.opencode.instances.told = {
    environment = {
      PLACE = "environment";
      ONLY_HERE = "environment 100% $HOME";
    };
    environmentFiles = [
      "/srv/secrets/first.env"
      "/srv/secrets/second.env"
      "-/srv/secrets/missing.env"
    ];
    credentials.token = "/srv/secrets/token";
    postInitScript = ''
      test -n "$SECRET"
      echo "hook: PLACE=$PLACE"
    '';
    serviceConfig = import ../sleeping.nix pkgs;
  };
}
