# What nixpkgs expects of a module besides what it does: maintainers, a chapter of the manual, documented options.
{
  lib,
  ask,
  pkgs,
  evalNixos,
  evalWith,
  ...
}:
let
  documented = lib.filter (option: option.visible && !option.internal) (
    lib.optionAttrSetToDocList { inherit ((evalNixos [ ]).options) services; }
  );
  documentedNames = map (option: option.name) documented;

  # meta.doc is a list of { file, value } in NixOS.
  chaptersOf = modules: (evalWith [ "misc/meta.nix" ] modules).config.meta.doc;
  checkRedirects = value: {
    options.documentation.nixos.checkRedirects = lib.mkOption {
      type = lib.types.bool;
      default = value;
    };
  };

  ours = import ../../maintainers.nix;

  # What the module says, given who nixpkgs knows.
  maintainersAmong =
    known:
    (import ../../module.nix {
      lib = lib // {
        maintainers = known;
      };
      inherit pkgs;
      config = { };
      options = { };
      utils = { };
    }).meta.maintainers;

  example = (evalNixos [ ../../../examples/instances.nix ]).config;
in
{
  tests = {
    "a NixOS older than 25.11 is refused" = {
      expr =
        let
          messagesOn =
            release:
            map (assertion: assertion.message)
              (lib.last
                (import ../../module.nix {
                  lib = lib // {
                    trivial = lib.trivial // {
                      inherit release;
                    };
                  };
                  inherit pkgs;
                  config = { };
                  options = { };
                  utils = { };
                }).imports
              ).assertions;
        in
        map messagesOn [
          "25.05"
          "25.11"
          "26.05"
        ];
      expected = [
        [ "services.opencode needs NixOS 25.11 or later, and this is 25.05." ]
        [ ]
        [ ]
      ];
    };
    "every documented option can be read by what makes the manual" = {
      expr = builtins.isString (builtins.unsafeDiscardStringContext (builtins.toJSON documented));
      expected = true;
    };
    "the manual has the options of opencode.json once" = {
      expr =
        map (name: lib.elem "services.opencode.${name}" documentedNames)
          [
            "instances.<name>.config"
            "instances.<name>.config.model"
            "instances.<name>.config.agent.<name>.mode"
            "defaults.config"
            "defaults.config.model"
          ];
      expected = [
        true
        true
        true
        true
        false
      ];
    };

    "the maintainers of the module are those of the package, as far as nixpkgs knows them" = {
      expr = map maintainersAmong [
        {
          someone.name = "Someone else";
          us = lib.head ours;
        }
        { someone.name = "Someone else"; }
      ];
      expected = [
        ours
        [ ]
      ];
    };

    "the manual has the chapter where it takes identifiers that nixpkgs does not list" = {
      expr = map (chapter: chapter.value) (chaptersOf [ (checkRedirects false) ]);
      expected = [ ../../opencode.md ];
    };
    "the manual does not have it where it would not be built with it" = {
      expr = map (modules: (evalWith [ "misc/meta.nix" ] modules).options.meta.doc.isDefined) [
        [ ]
        [ (checkRedirects true) ]
      ];
      expected = [
        false
        false
      ];
    };
    "the chapter links to nothing that is in the repository only" = {
      expr = builtins.match ".*]\\([^h#].*" (
        lib.replaceStrings [ "\n" ] [ " " ] (builtins.readFile ../../opencode.md)
      );
      expected = null;
    };
    "every heading of the chapter has an identifier of its own" = {
      expr =
        let
          lines = lib.splitString "\n" (builtins.readFile ../../opencode.md);
          headings = lib.filter (line: builtins.match "##* [A-Z].*" line != null) lines;
          identifiers = map (builtins.match "#* .* \\{#(module-services-opencode[a-z0-9-]*)}") (
            [ (lib.head lines) ] ++ headings
          );
        in
        lib.length headings > 5 && !lib.elem null identifiers && lib.allUnique identifiers;
      expected = true;
    };

    "the example has two instances, and nothing is wrong with it" = {
      expr = [
        (ask.errors example)
        (ask.warnings example)
        (ask.unitNames example)
        (ask.configOf example "web").model
        (ask.configOf example "scratch").share
      ];
      expected = [
        [ ]
        [ ]
        [
          "opencode-scratch"
          "opencode-scratch-setup"
          "opencode-web"
          "opencode-web-setup"
        ]
        "anthropic/claude-sonnet-4-5"
        "disabled"
      ];
    };
  };
}
