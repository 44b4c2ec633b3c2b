# A flake in the place of nixpkgs, for evaluation without a package set: the real lib, and packages that are one-line
# derivations. The script beside this puts it into a folder with nixpkgs' `lib`.
{
  outputs =
    { self }:
    let
      lib = import ./lib;

      packagesFor =
        system:
        let
          mkDerivation =
            arguments:
            let
              attributes =
                if lib.isFunction arguments then
                  arguments (attributes // { inherit finalPackage; })
                else
                  arguments;
              name = attributes.name or "${attributes.pname}-${attributes.version or "0"}";
              finalPackage =
                derivation {
                  inherit name system;
                  builder = "/bin/sh";
                  args = [
                    "-c"
                    "exit 1"
                  ];
                  # What the package was given decides what it is, as it would with the real one.
                  given = builtins.toJSON (
                    lib.filterAttrs (_name: value: !lib.isFunction value) (removeAttrs attributes [ "passthru" ])
                  );
                }
                // attributes
                // attributes.passthru or { }
                // {
                  overrideAttrs =
                    change: mkDerivation (attributes // (if lib.isFunction change then change attributes else change));
                };
            in
            finalPackage;

          package = pname: mkDerivation { inherit pname; };

          pkgs =
            lib.genAttrs [
              "cargo"
              "clippy"
              "installShellFiles"
              "jq"
              "mdbook"
              "nix"
              "nixfmt"
              "nixfmt-tree"
              "nodejs"
              "opencode2"
              "python3"
              "rustc"
              "rustfmt"
            ] package
            // {
              inherit lib system;
              stdenv = {
                inherit mkDerivation;
                buildPlatform.canExecute = _platform: true;
                hostPlatform.system = system;
              };
              rustPlatform.buildRustPackage =
                package:
                mkDerivation (
                  finalAttrs:
                  let
                    attributes = package finalAttrs;
                  in
                  attributes
                  // {
                    # Read now, as the real one does.
                    cargoLock = lib.importTOML attributes.cargoLock.lockFile;
                  }
                );
              runCommand =
                name: environment: buildCommand:
                mkDerivation (environment // { inherit name buildCommand; });
              testers = {
                testVersion = { package }: mkDerivation { name = "${package.name}-version"; };
                # Only what the tests are called and what they do: their machines need all of NixOS.
                runNixOSTest =
                  arguments:
                  mkDerivation {
                    name = "vm-test-run-${arguments.name}";
                    inherit (arguments) globalTimeout testScript;
                    passthru.driver = mkDerivation { name = "nixos-test-driver-${arguments.name}"; };
                  };
              };
              mkShell = arguments: mkDerivation (arguments // { name = "shell"; });
              callPackage =
                file: overrides:
                let
                  function = import file;
                in
                function (builtins.intersectAttrs (lib.functionArgs function) pkgs // overrides);
              pkgsStatic = pkgs;
            };
        in
        pkgs;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs [
        "aarch64-linux"
        "x86_64-linux"
      ] packagesFor;
    };
}
