{
  description = "opencode as a fleet of services on NixOS";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      forEachSystem =
        perSystem:
        nixpkgs.lib.genAttrs [
          "aarch64-linux"
          "x86_64-linux"
        ] (system: perSystem nixpkgs.legacyPackages.${system});
    in
    {
      # By path, so that the module system knows them for one module when a configuration imports both. In an attribute
      # set, since `nix flake check` of older versions takes no bare path for a module.
      nixosModules.opencode.imports = [ ./nixos/module.nix ];
      nixosModules.default.imports = [ ./nixos/module.nix ];
      # Instances that show what most operators need, to read and to try in a machine.
      nixosModules.example.imports = [
        ./nixos/module.nix
        ./examples/instances.nix
      ];

      overlays.default = import ./nixos/overlay.nix;

      packages = forEachSystem (pkgs: {
        default = self.packages.${pkgs.stdenv.hostPlatform.system}.opencode-setup;
        opencode-setup = pkgs.pkgsStatic.callPackage ./nixos/package.nix {
          machineTests = import ./nixos/nixos-tests.nix { inherit pkgs; };
        };
        docs = pkgs.callPackage ./nixos/book.nix { };
      });

      apps = forEachSystem (pkgs: import ./nixos/apps.nix { inherit pkgs; });

      checks = forEachSystem (pkgs: import ./nixos/checks.nix { inherit self nixpkgs pkgs; });

      templates.default = {
        path = ./examples/template;
        description = "A NixOS host with two instances of opencode";
        welcomeText = ''
          Write the hardware of the host to hardware-configuration.nix:

              nixos-generate-config --show-hardware-config > hardware-configuration.nix

          Then set the address of opencode-setup, and what the instances are, in flake.nix.
        '';
      };

      devShells = forEachSystem (pkgs: {
        default = import ./nixos/dev-shell.nix { inherit pkgs; };
      });

      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
