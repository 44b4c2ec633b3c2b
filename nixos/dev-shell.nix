# What it takes to work on this: the Rust toolchain, and what the Nix tests call.
{ pkgs }:
pkgs.mkShell {
  packages = [
    pkgs.cargo
    pkgs.clippy
    pkgs.jq
    pkgs.mdbook
    pkgs.nixfmt
    pkgs.nodejs
    pkgs.python3
    pkgs.rustc
    pkgs.rustfmt
  ];
}
