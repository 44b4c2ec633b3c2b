# Adds `pkgs.opencode-setup` and `pkgs.lib.opencode`.
final: prev: {
  opencode-setup = final.callPackage ./package.nix {
    machineTests = import ./nixos-tests.nix { pkgs = final; };
  };

  lib = prev.lib // {
    opencode = import ./lib.nix {
      inherit (prev) lib;
      pkgs = final;
    };
  };
}
