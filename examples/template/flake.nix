# flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
  inputs.opencode-setup.url = "github:OWNER/opencode-setup"; # where you found this
  inputs.opencode-setup.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    { nixpkgs, opencode-setup, ... }:
    {
      nixosConfigurations.agents = nixpkgs.lib.nixosSystem {
        modules = [
          ./hardware-configuration.nix
          opencode-setup.nixosModules.default
          { nixpkgs.overlays = [ opencode-setup.overlays.default ]; }
          {
            services.opencode.instances = {
              scratch = { };
              web = {
                directory = "/srv/projects/web";
                config.model = "anthropic/claude-sonnet-4-5";
                environmentFile = "/run/secrets/opencode-web.env"; # ANTHROPIC_API_KEY=...
              };
            };
          }
        ];
      };
    };
}
