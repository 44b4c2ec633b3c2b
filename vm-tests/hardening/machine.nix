# An instance that works in its sandbox, with a model that is a script.
{ pkgs, ... }:
{
  services.opencode.instances.worker = import ../scripted-model.nix pkgs;

  environment.etc."opencode-tests/provider.py".source = ../provider.py;
}
