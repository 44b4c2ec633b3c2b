# The evaluation tests: every file in unit/ is
#
#   { lib, pkgs, evalNixos, ... }:
#   {
#     tests."what is guaranteed" = { expr = ...; expected = ...; };
#     errors."what is refused" = { expr = ...; message = "regex that the error must match"; };
#   }
#
# Nix cannot catch most errors, so `run` evaluates each of `errors` by itself.
{
  nixpkgs ? <nixpkgs>,
}:
let
  context = import ./eval.nix { inherit nixpkgs; };
  inherit (context) lib;

  suites = lib.mapAttrs' (file: _: {
    name = lib.removeSuffix ".nix" file;
    value = {
      tests = { };
      errors = { };
    }
    // import (./unit + "/${file}") context;
  }) (builtins.readDir ./unit);

  show = lib.generators.toPretty { };

  # One line per test, in the order of the files.
  verdict =
    suite: name: test:
    let
      attempt = builtins.tryEval (builtins.deepSeq test.expr test.expr);
    in
    if attempt.success && attempt.value == test.expected then
      "ok    ${suite}: ${name}"
    else
      "FAIL  ${suite}: ${name}\n"
      + (
        if attempt.success then
          "  expected ${show test.expected}\n  got      ${show attempt.value}"
        else
          "  throws instead of ${show test.expected}"
      );

  verdicts = suite: lib.mapAttrsToList (verdict suite) suites.${suite}.tests;

  refusals = lib.concatLists (
    lib.mapAttrsToList (
      suite: { errors, ... }: lib.mapAttrsToList (name: test: { inherit suite name test; }) errors
    ) suites
  );
in
{
  report = lib.concatLines (lib.concatMap verdicts (lib.attrNames suites));

  # For the case that an error ends the evaluation of all: which one is it?
  testNames = lib.concatLines (
    lib.concatMap (suite: map (name: "${suite}\t${name}") (lib.attrNames suites.${suite}.tests)) (
      lib.attrNames suites
    )
  );
  testNumber = lib.concatMap verdicts (lib.attrNames suites);

  # `run` takes the line breaks out of an error before it matches.
  refusalNames = lib.concatLines (
    map (
      {
        suite,
        name,
        test,
      }:
      "${suite}\t${name}\t${lib.replaceStrings [ "\n" ] [ " " ] test.message}"
    ) refusals
  );
  refusalNumber = map ({ test, ... }: builtins.deepSeq test.expr "was not refused") refusals;
}
