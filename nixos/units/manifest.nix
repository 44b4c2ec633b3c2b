# What the setup executor is told about one instance: the manifest, and the hook scripts it names.
{
  lib,
  pkgs,
  mkOpenCodeConfigFromAttrs,
}:
name: cfg:
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

  configSource =
    if cfg.configFile == null then mkOpenCodeConfigFromAttrs cfg.config else cfg.configFile;

  manifest = {
    version = 1;
    instance = name;
    home = cfg.stateDir;
    links = [
      {
        path = ".config/opencode/opencode.json";
        source = "${configSource}";
      }
    ];
    preInit = hook "pre-init" cfg.preInitScript;
    postInit = hook "post-init" cfg.postInitScript;
    inherit (cfg) hooks onConflict;
  };

  executor = lib.getExe' cfg.setupPackage "opencode-setup";
in
pkgs.writeTextFile {
  name = "opencode-setup-${name}.json";
  text = builtins.toJSON manifest;
  # The program that will read it at boot reads it now: a manifest that it refuses, for instance
  # because `setupPackage` is older than this module, is never installed.
  checkPhase = lib.optionalString (pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform) ''
    ${executor} validate "$target"
  '';
}
