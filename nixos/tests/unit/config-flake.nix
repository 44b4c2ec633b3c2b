# What the flake hands out, as far as it can be seen without nixpkgs' packages.
{ lib, pkgs, ... }:
let
  flake = import ../../../flake.nix;

  outputs = flake.outputs {
    self = outputs;
    nixpkgs = {
      inherit lib;
      legacyPackages = { };
    };
  };

  lock = lib.importJSON ../../../flake.lock;
in
{
  tests = {
    "importing nixosModules.default and nixosModules.opencode together imports one module" = {
      expr = map (module: module.imports) [
        outputs.nixosModules.default
        outputs.nixosModules.opencode
      ];
      expected = [
        [ ../../module.nix ]
        [ ../../module.nix ]
      ];
    };

    "the overlay adds pkgs.lib.opencode and keeps the rest of pkgs.lib" = {
      expr =
        let
          final = pkgs // outputs.overlays.default final pkgs;
        in
        [
          (lib.isFunction final.lib.opencode.mkOpenCodeConfig)
          (lib.isFunction final.lib.opencode.mkOpenCodeConfigFromAttrs)
          (final.lib.toUpper "kept")
        ];
      expected = [
        true
        true
        "KEPT"
      ];
    };

    "the overlay adds opencode-setup" = {
      expr =
        outputs.overlays.default { callPackage = file: _: baseNameOf file; } { inherit lib; }
        ? opencode-setup;
      expected = true;
    };

    "nixpkgs is the one input, and is locked" = {
      expr = [
        (lib.attrNames flake.inputs)
        flake.inputs.nixpkgs.url
        (lib.attrNames lock.nodes)
        { inherit (lock.nodes.nixpkgs.locked) rev narHash lastModified; }
      ];
      expected = [
        [ "nixpkgs" ]
        "github:NixOS/nixpkgs/nixpkgs-unstable"
        [
          "nixpkgs"
          "root"
        ]
        {
          rev = "391b592eb44808b3bd0cb80bb71b63a5a118b8bb";
          narHash = "sha256-WvvHR4kSQLAbtouMC/ruZ5UpLwlUcY3K4FAllMN+yGk=";
          lastModified = 1787209939;
        }
      ];
    };

    "nixosModules.example is the module with the instances of the example" = {
      expr = outputs.nixosModules.example.imports;
      expected = [
        ../../module.nix
        ../../../examples/instances.nix
      ];
    };

    "the template is a flake with an input that is this one" = {
      expr =
        lib.attrNames
          (import (outputs.templates.default.path + "/flake.nix")).inputs;
      expected = [
        "nixpkgs"
        "opencode-setup"
      ];
    };

    "apps, packages, checks, shells and the formatter are there for both architectures" = {
      expr = map (output: lib.attrNames outputs.${output}) [
        "apps"
        "packages"
        "checks"
        "devShells"
        "formatter"
      ];
      expected = lib.replicate 5 [
        "aarch64-linux"
        "x86_64-linux"
      ];
    };
  };
}
