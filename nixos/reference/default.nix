# docs/reference/options.md, from the declarations, and nixos/opencode.md, from docs/. See `run`.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import ../tests/stand-ins.nix { inherit lib; };

  inherit (import ../lib.nix { inherit lib pkgs; }) configType internal;

  collect = import ./options.nix {
    inherit lib;
    root = ../.;
    # Of those of a map, such as `opencode.mcp`.
    shapesOf =
      loc:
      lib.optionals (lib.head loc == "opencode" && lib.length loc == 2) (
        internal.config.shapesIn [
          (lib.last loc)
          "<name>"
        ]
      );
  };

  markdown = import ./markdown.nix { inherit lib; };

  configOptions =
    collect
      (lib.evalModules {
        modules = [
          {
            options.opencode = lib.mkOption {
              type = configType;
              default = { };
              description = "All of opencode.json.";
            };
          }
        ];
      }).options;

  serviceOptions =
    collect
      (lib.evalModules {
        specialArgs.utils = import (nixpkgs + "/nixos/lib/utils.nix") {
          inherit lib pkgs;
          config = { };
        };
        modules = [
          ../module.nix
          {
            # Only the declarations are read.
            config._module = {
              check = false;
              args = { inherit pkgs; };
            };
          }
        ];
      }).options;

  # A default is an option of an instance under another name.
  isDefault = option: lib.hasPrefix "services.opencode.defaults." option.name;
  nameOfDefault = option: lib.removePrefix "services.opencode.defaults." option.name;

  # opencode.json has a section of its own.
  isOfConfig = option: lib.hasPrefix "services.opencode.instances.<name>.config." option.name;

  defaults = lib.filter isDefault serviceOptions;
  instanceOptions = lib.filter (option: !isDefault option && !isOfConfig option) serviceOptions;
in
{
  chapter = import ./chapter.nix {
    inherit lib;
    book = ../../docs;
  };

  options = ''
    # Options

    This file is made from the option declarations by `nixos/reference/run`; edit those.

    - [`services.opencode`](#servicesopencode): the NixOS module, one server per instance
    - [`services.opencode.defaults`](#defaults): what all instances start from
    - [`opencode`](#opencodejson): the keys of opencode.json, for `services.opencode.instances.<name>.config` and
      `pkgs.lib.opencode.mkOpenCodeConfig`

    ## services.opencode

    ${markdown instanceOptions}
    ## Defaults

    `services.opencode.defaults` has these options of an instance, with the same types. What is set there holds for each
    instance that does not set it itself:

    ${lib.concatMapStringsSep "\n" (option: "- `${nameOfDefault option}`") defaults}

    ## opencode.json

    In an instance these are below `services.opencode.instances.<name>.config` (`config.model`), in modules given to
    `mkOpenCodeConfig` below `opencode` (`opencode.model`). What is not set is not rendered.

    ${markdown configOptions}'';
}
