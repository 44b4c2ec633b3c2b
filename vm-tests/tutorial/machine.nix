# The two instances of the tutorial, from the template itself, and what docs/terminal.svg shows.
{ lib, ... }:
let
  template = import ../../examples/template/flake.nix;

  host =
    (template.outputs {
      nixpkgs.lib.nixosSystem = arguments: arguments;
      # The machine of a scenario has these.
      opencode-setup = {
        nixosModules.default = { };
        overlays.default = _: _: { };
      };
    }).nixosConfigurations.agents;
in
{
  # The instances are in the last module of the host. The others are its hardware and the above.
  imports = [ (lib.last host.modules) ];

  environment.etc."opencode-tests/terminal.txt".source = ./terminal.txt;
}
