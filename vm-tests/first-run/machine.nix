# An instance whose hook tells whether it is the first run.
{ pkgs, ... }:
{
  services.opencode.instances.fresh = {
    postInitScript = ''echo "first run: $OPENCODE_SETUP_FIRST_RUN"'';
    serviceConfig = import ../sleeping.nix pkgs;
  };
}
