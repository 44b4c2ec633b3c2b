# From options to opencode.json: the one pipeline behind `pkgs.lib.opencode` and the NixOS module.
{ lib, pkgs }:
let
  types = import ./types.nix { inherit lib; };

  # The type of a whole opencode.json. A value may be a module, which is called with `pkgs`.
  configType = types.submodule (
    import ./config { inherit lib types; }
    // {
      description = "opencode configuration";
      takesModules = true;
      specialArgs = { inherit pkgs; };
    }
  );

  # What an evaluated configuration renders as, before it is text.
  inherit (import ./lib/render.nix { inherit lib types; }) render;

  # What the operator should know about an evaluated configuration: a list of strings.
  configWarnings = import ./lib/warnings.nix { inherit lib render; };

  # An evaluated configuration (a value of `configType`) as opencode.json.
  mkOpenCodeConfigFromAttrs =
    evaluatedConfig: pkgs.writeText "opencode.json" (builtins.toJSON (render evaluatedConfig));

  # Modules that set `opencode.<key>` as opencode.json.
  mkOpenCodeConfig =
    modules:
    let
      evaluatedConfig =
        (lib.evalModules {
          modules = [ { options.opencode = lib.mkOption { type = configType; }; } ] ++ modules;
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
}
