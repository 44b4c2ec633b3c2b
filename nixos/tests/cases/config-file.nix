# A configuration of the operator's own: one on the machine, one in the store.
{ pkgs, ... }:
{
  services.opencode.instances = {
    machine.configFile = "/home/alice/my opencode.json";
    store.configFile = pkgs.writeText "own-opencode.json" ''{"model":"anthropic/claude-haiku-4-5"}'';
  };
}
