# What the setup executor is told about one instance: the manifest, and the hook scripts it names.
{
  lib,
  pkgs,
  mkOpenCodeConfigFromAttrs,
}:
let
  linksToContent = import ../content/links.nix { inherit lib pkgs; };
  buildChecks = import ../content/build-checks.nix { inherit lib; };

  inherit (import ../content/home-places.nix) usual;
in
name: cfg:
# What locked-config.nix, proof.nix and ../opencode say.
{
  locked,
  proof,
  major,
}:
let
  # A program of its own: what it does to its shell (`exit 0`, `cd`, `trap`) ends with it. A
  # command that fails, a variable that is unset and a broken pipe all fail the hook, and the unit.
  hook =
    phase: script:
    if script == null then
      null
    else
      "${pkgs.writeShellScript "opencode-${name}-${phase}" ''
        set -euo pipefail
        ${script}''}";

  # Where the project's configuration is not read, a relative path leads nowhere.
  config =
    if cfg.projectConfig || cfg.projectInstructions == [ ] then
      cfg.config
    else
      cfg.config
      // {
        instructions =
          lib.defaultTo [ ] (cfg.config.instructions or null)
          ++ map (path: "${cfg.directory}/${path}") cfg.projectInstructions;
      };

  configSource = if cfg.configFile == null then mkOpenCodeConfigFromAttrs (major.complete config) else cfg.configFile;

  content = linksToContent cfg;

  manifest = {
    version = 1;
    instance = name;
    home = cfg.stateDir;
    links = [
      {
        path = ".config/opencode/opencode.json";
        source = "${configSource}";
      }
    ]
    ++ locked.links
    ++ map (link: removeAttrs link [ "skill" ]) content;
    preInit = hook "pre-init" cfg.preInitScript;
    postInit = hook "post-init" cfg.postInitScript;
    inherit (cfg) hooks onConflict;
  }
  // lib.optionalAttrs (locked.directories != [ ]) {
    directories = lib.unique (usual ++ locked.directories);
  }
  // lib.optionalAttrs (proof.server != null) { inherit (proof) server; };

  executor = lib.getExe' cfg.setupPackage "opencode-setup";
in
pkgs.writeTextFile {
  name = "opencode-setup-${name}.json";
  text = builtins.toJSON manifest;
  # The program that will read it at boot reads it now: a manifest that it refuses, for instance
  # because `setupPackage` is older than this module, is never installed.
  checkPhase = lib.optionalString (pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform) ''
    ${executor} validate "$target"
    ${buildChecks content}'';
}
