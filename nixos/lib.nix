# From options to opencode.json: the one pipeline behind `pkgs.lib.opencode` and the NixOS module.
{
  lib,
  pkgs,
  # The schemas that the server publishes; see schema/update.
  definitions ? lib.importJSON ./schema/config.json,
}:
let
  config = import ./config { inherit lib definitions; };

  # The type of a whole opencode.json. A value may be a module, which is called with `pkgs`.
  configType = lib.types.submoduleWith {
    description = "opencode configuration";
    inherit (config) modules;
    specialArgs = { inherit pkgs; };
  };

  ordered = import ./lib/ordered.nix { inherit lib; };

  # What an evaluated configuration renders as, before it is text.
  inherit (import ./lib/render.nix { inherit lib config ordered; }) render;

  # What the operator should know about an evaluated configuration: a list of strings.
  configWarnings = import ./lib/warnings.nix {
    inherit lib render;
    undoneRules = import ./lib/undone-rules.nix {
      inherit lib ordered;
      inherit (config) rules;
    };
  };

  # An evaluated configuration of the option `loc`, or an error that says what it lacks.
  complete =
    loc: evaluatedConfig:
    let
      problems = config.problemsOf loc evaluatedConfig;
    in
    lib.throwIf (problems != [ ]) (lib.concatStringsSep "\n" problems) evaluatedConfig;

  # A complete configuration as opencode.json.
  write = complete: pkgs.writeText "opencode.json" (ordered.toJSON (render complete));

  # An evaluated configuration (a value of `configType`) as opencode.json.
  mkOpenCodeConfigFromAttrs = evaluatedConfig: write (complete [ "opencode" ] evaluatedConfig);

  # Modules that set `opencode.<key>` as opencode.json.
  mkOpenCodeConfig =
    modules:
    let
      evaluatedConfig =
        (lib.evalModules {
          modules = [ { options.opencode = lib.mkOption { type = configType; default = { }; }; } ] ++ modules;
          specialArgs = { inherit pkgs; };
        }).config.opencode;
    in
    lib.foldr lib.warn (mkOpenCodeConfigFromAttrs evaluatedConfig) (configWarnings evaluatedConfig);
in
{
  inherit
    configType
    configWarnings
    mkOpenCodeConfig
    mkOpenCodeConfigFromAttrs
    render
    ;

  # For the NixOS module, the reference and the tests.
  internal = { inherit complete config write; };
}
