# Eight servers that nothing starts by itself, with a model that is a script.
{ lib, pkgs, ... }:
let
  names = map (number: "fleet-${toString number}") (lib.range 1 8);
in
{
  services.opencode = {
    defaults = import ../scripted-model.nix pkgs;
    instances = lib.genAttrs names (_: { });
  };
  systemd.services = lib.genAttrs (map (name: "opencode-${name}") names) (_: {
    wantedBy = lib.mkForce [ ];
  });

  environment.etc."opencode-tests/provider.py".source = ../provider.py;
}
