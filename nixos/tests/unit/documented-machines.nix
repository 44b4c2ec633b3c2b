# The flake of docs/how-to/more-machines.md makes the machines that it names.
{ lib, evalNixos, ask, ... }:
let
  text = builtins.readFile ../../../docs/how-to/more-machines.md;
  afterStart = lib.elemAt (lib.splitString "```nix\n# flake.nix\n" text) 1;
  flake = import (
    builtins.toFile "flake.nix" (builtins.unsafeDiscardStringContext (lib.head (lib.splitString "```" afterStart)))
  );

  outputs = flake.outputs {
    nixpkgs.lib = lib // {
      # Without the hardware, which is in files of the reader's.
      nixosSystem = { modules }: evalNixos (lib.filter (module: !lib.isPath module) modules);
    };
    opencode-setup = {
      # It is there already.
      nixosModules.default = { };
      overlays.default = _: _: { };
    };
  };
  systems = lib.mapAttrs (_: system: system.config) outputs.nixosConfigurations;
in
{
  tests = {
    "each machine has its own instances, and what is declared for all" = {
      expr = lib.mapAttrs (_: config: {
        instances = lib.attrNames config.services.opencode.instances;
        models = map (name: (ask.configOf config name).model) (
          lib.attrNames config.services.opencode.instances
        );
        errors = ask.errors config;
      }) systems;
      expected = {
        agents-1 = {
          instances = [
            "shop"
            "web"
          ];
          models = [
            "anthropic/claude-sonnet-4-5"
            "anthropic/claude-sonnet-4-5"
          ];
          errors = [ ];
        };
        agents-2 = {
          instances = [ "manual" ];
          models = [ "anthropic/claude-sonnet-4-5" ];
          errors = [ ];
        };
      };
    };
  };
}
