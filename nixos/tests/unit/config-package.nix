# What the package of the setup executor is made of.
{ lib, ... }:
let
  crate = (lib.importTOML ../../../Cargo.toml).package;

  packageFor =
    canExecute:
    import ../../package.nix {
      inherit lib;
      rustPlatform.buildRustPackage =
        package: lib.fix (self: package (self // { finalPackage = self; }));
      testers.testVersion = { package }: "version of ${package.pname}";
      machineTests.vm-hooks = "vm-hooks";
      installShellFiles = "installShellFiles";
      stdenv = {
        buildPlatform.canExecute = _platform: canExecute;
        hostPlatform = { };
      };
    };

  package = packageFor true;
  source = builtins.readDir package.src.outPath;
in
{
  tests = {
    "name and version are those of Cargo.toml" = {
      expr = { inherit (package) pname version; };
      expected = {
        pname = "opencode-setup";
        inherit (crate) version;
      };
    };

    "the source has all of the crate" = {
      expr = lib.filter (name: builtins.pathExists (../../.. + "/${name}") && !(source ? ${name})) [
        "Cargo.lock"
        "Cargo.toml"
        "benches"
        "build.rs"
        "examples"
        "src"
        "tests"
      ];
      expected = [ ];
    };

    "the source does not have the target of builds by hand, nor what the crate does not read" = {
      expr = lib.filter (name: source ? ${name}) [
        ".cargo"
        ".git"
        "README.md"
        "flake.nix"
        "target"
      ];
      expected = [ ];
    };

    "of the Nix side, the source has what cargo's tests read only" = {
      expr = map (folder: lib.attrNames (builtins.readDir "${package.src}/${folder}")) [
        "nixos"
        "nixos/opencode"
        "nixos/tests"
      ];
      expected = [
        [
          "opencode"
          "tests"
        ]
        [ "keys.json" ]
        [ "golden" ]
      ];
    };

    "dependencies are those of Cargo.lock" = {
      expr = package.cargoLock.lockFile;
      expected = ../../../Cargo.lock;
    };

    "its tests are that it knows its version, and the machines" = {
      expr = package.passthru.tests;
      expected = {
        version = "version of opencode-setup";
        vm-hooks = "vm-hooks";
      };
    };

    "it says who looks after it" = {
      expr = map (maintainer: maintainer ? name && maintainer ? email) package.meta.maintainers;
      expected = [ true ];
    };

    "completions and the man page are installed where the build can run the binary" = {
      expr = map (word: lib.hasInfix word package.postInstall) [
        "completions"
        "installShellCompletion"
        "installManPage"
      ];
      expected = [
        true
        true
        true
      ];
    };

    "nothing is run where it can not" = {
      expr = (packageFor false).postInstall;
      expected = "";
    };
  };
}
