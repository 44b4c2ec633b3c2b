# The setup executor and `opencodectl`, as a package. Called from `pkgsStatic`, each is one static binary.
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
    "nixos/opencode/keys.json"
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

  # `.cargo/config.toml` says what it is for.
  env = { inherit ((lib.importTOML ../.cargo/config.toml).env) LIBSQLITE3_FLAGS; };

  # The tests are a check of the flake of their own. Whoever installs this need not run them again.
  doCheck = false;

  nativeBuildInputs = [ installShellFiles ];

  # Each binary writes its completions and its man page itself.
  postInstall = lib.optionalString canRun ''
    for program in opencode-setup opencodectl; do
      for shell in bash fish zsh; do
        "$out/bin/$program" completions "$shell" > "$program.$shell"
      done
      installShellCompletion --cmd "$program" \
        --bash "$program.bash" \
        --fish "$program.fish" \
        --zsh "$program.zsh"

      "$out/bin/$program" man > "$program.1"
      installManPage "$program.1"
    done
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
