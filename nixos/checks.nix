# What `nix flake check` builds.
{
  self,
  nixpkgs,
  pkgs,
}:
let
  inherit (pkgs) lib;

  # Built for the host itself: a check need not wait for a static toolchain.
  package = pkgs.callPackage ./package.nix { };

  # The package's sources and vendored crates, with something else done to them.
  onCrate =
    name: tools: command:
    package.overrideAttrs (previous: {
      pname = "${previous.pname}-${name}";
      nativeBuildInputs = previous.nativeBuildInputs ++ tools;
      buildPhase = command;
      installPhase = "touch $out";
      postInstall = "";
    });

  # Evaluation inside a build: a store of its own, whose paths read as those of the real one.
  onEvaluation =
    name: command:
    pkgs.runCommand name
      {
        nativeBuildInputs = [
          pkgs.jq
          pkgs.nix
          pkgs.python3
        ];
        NIX_PATH = "nixpkgs=${nixpkgs}";
      }
      ''
        export HOME=$TMPDIR NIX_REMOTE="local?root=$TMPDIR/store"
        cp -r ${self} source
        chmod -R u+w source
        cd source
        ${command}
        touch $out
      '';
in
{
  inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) docs opencode-setup;

  cargo-test = package.overrideAttrs { doCheck = true; };
  clippy = onCrate "clippy" [ pkgs.clippy ] "cargo clippy --offline --all-targets -- --deny warnings";
  rustfmt = onCrate "rustfmt" [ pkgs.rustfmt ] "cargo fmt --check";

  nixfmt = pkgs.runCommand "nixfmt" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
    find ${self} -name '*.nix' -exec nixfmt --check {} +
    touch $out
  '';

  evaluation = onEvaluation "evaluation-tests" "bash nixos/tests/run";
  # Against the committed schema; the real server is asked by CI, which can fetch it.
  schema-parity = onEvaluation "schema-parity" "python3 nixos/tests/parity/run --pinned";
  options-reference = onEvaluation "options-reference" "bash nixos/reference/run --check";
}
// import ./nixos-tests.nix { inherit pkgs; }
