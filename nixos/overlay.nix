# Adds `pkgs.opencode-setup` and `pkgs.lib.opencode`.
final: prev: {
  opencode-setup = final.callPackage ./package.nix { };

  lib = prev.lib // {
    opencode = import ./lib.nix {
      inherit (prev) lib;
      pkgs = final;
    };
  };
}
