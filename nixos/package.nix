# The setup executor, as a package. Called from `pkgsStatic`, it is one static binary.
{
  lib,
  rustPlatform,
  installShellFiles,
  stdenv,
  testers,
  # NixOS tests of this package, by name. Not `nixosTests`: callPackage would fill in those of nixpkgs.
  machineTests ? { },
}:
let
  crate = (lib.importTOML ../Cargo.toml).package;

  # All that cargo needs. `.cargo/config.toml` stays out: it names a target for builds by hand, and here nixpkgs names it.
  wanted = [
    "Cargo.lock"
    "Cargo.toml"
    "benches"
    "build.rs"
    "examples/opencode.json"
    "nixos/tests/golden"
    "src"
    "tests"
  ];

  root = toString ../.;

  isWanted =
    path: _type:
    let
      relative = lib.removePrefix "${root}/" path;
    in
    lib.any (
      one: relative == one || lib.hasPrefix "${one}/" relative || lib.hasPrefix "${relative}/" one
    ) wanted;

  canRun = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
in
rustPlatform.buildRustPackage (finalAttrs: {
  pname = crate.name;
  inherit (crate) version;

  src = lib.cleanSourceWith {
    name = "${crate.name}-source";
    src = ../.;
    filter = isWanted;
  };

  cargoLock.lockFile = ../Cargo.lock;

  # The tests are a check of the flake of their own. Whoever installs this need not run them again.
  doCheck = false;

  nativeBuildInputs = [ installShellFiles ];

  # The binary writes its completions and its man page itself.
  postInstall = lib.optionalString canRun ''
    for shell in bash fish zsh; do
      "$out/bin/opencode-setup" completions "$shell" > "opencode-setup.$shell"
    done
    installShellCompletion --cmd opencode-setup \
      --bash opencode-setup.bash \
      --fish opencode-setup.fish \
      --zsh opencode-setup.zsh

    "$out/bin/opencode-setup" man > opencode-setup.1
    installManPage opencode-setup.1
  '';

  passthru.tests = {
    version = testers.testVersion { package = finalAttrs.finalPackage; };
  }
  // machineTests;

  meta = {
    inherit (crate) description;
    license = lib.licenses.mit;
    mainProgram = "opencode-setup";
    maintainers = import ./maintainers.nix;
    platforms = lib.platforms.linux;
  };
})
