# The schemas of several releases of opencode, each as a set of options without a change of the code. nixos/schema/update
# writes such a schema.
{ lib, pkgs, ... }:
let
  inherit (import ../samples.nix { inherit lib; }) bad good;

  older = lib.mapAttrs' (file: _: {
    name = lib.removeSuffix ".json" file;
    value = lib.importJSON (../schema + "/${file}");
  }) (builtins.readDir ../schema);

  releases = older // {
    "the current one" = lib.importJSON ../../schema/config.json;
  };

  pipelineOf = definitions: import ../../lib.nix { inherit lib pkgs definitions; };

  # { "<key>" = what `ask` finds wrong with the values that `samplesOf` names, of each key; }
  wrong =
    samplesOf: ask: definitions:
    let
      inherit (pipelineOf definitions) configType internal render;
      options = configType.getSubOptions [ "opencode" ];
      merged =
        key: value:
        (lib.mergeDefinitions
          [
            "opencode"
            key
          ]
          options.${key}.type
          [
            {
              file = "sample";
              inherit value;
            }
          ]
        ).mergedValue;
      asked =
        key: value:
        ask value (
          let
            config = {
              ${key} = merged key value;
            };
          in
          # Deep, with what the schema demands of a whole value.
          (render (internal.complete [ "opencode" ] config)).${key} or null
        );
    in
    lib.filterAttrs (_: found: found != [ ]) (
      lib.mapAttrs (key: node: lib.filter (asked key) (samplesOf node)) (
        removeAttrs internal.config.node.keys [ "extraConfig" ]
      )
    );

  attempt = value: builtins.tryEval (builtins.deepSeq value value);
  isLost = value: rendered: attempt rendered != {
    success = true;
    inherit value;
  };
  isTaken = _: rendered: (attempt rendered).success;

  testsOf = release: definitions: {
    "${release}: what the schema takes is taken, and rendered as it is" = {
      expr = wrong good isLost definitions;
      expected = { };
    };
    "${release}: what the schema refuses is refused" = {
      expr = wrong bad isTaken definitions;
      expected = { };
    };
    "${release}: there are samples of every key, and of what is wrong with nearly all" = {
      expr = {
        withoutGood = lib.filterAttrs (_: node: good node == [ ]) keysOf.${release};
        withoutBad = lib.filterAttrs (_: node: bad node == [ ]) keysOf.${release};
      };
      expected = {
        withoutGood = { };
        withoutBad = { };
      };
    };
    "${release}: every option is described" = {
      expr = lib.filter (option: option.description or "" == "") (
        lib.optionAttrSetToDocList ((pipelineOf definitions).configType.getSubOptions [ ])
      );
      expected = [ ];
    };
  };

  keysOf = lib.mapAttrs (
    _: definitions: removeAttrs (pipelineOf definitions).internal.config.node.keys [ "extraConfig" ]
  ) releases;
in
{
  tests = lib.concatMapAttrs testsOf releases // {
    "there are two older releases, and one of them is of the time before tui.json" = {
      expr = [
        (lib.length (lib.attrNames older))
        (older ? "1.2.11")
      ];
      expected = [
        2
        true
      ];
    };
    "keys that a release does not have are no options of it" = {
      expr = map (definitions: (pipelineOf definitions).internal.config.node.keys ? references) [
        older."1.2.11"
        releases."the current one"
      ];
      expected = [
        false
        true
      ];
    };
    "a key of a schema wins over the one that is by hand" = {
      expr = (pipelineOf older."1.2.11").internal.config.node.keys.keybinds.kind;
      expected = "object";
    };
  };
}
