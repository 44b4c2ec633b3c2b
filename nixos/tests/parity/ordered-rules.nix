# Rules in an order that is not the alphabet's: the opencode.json with them, and what each agent must go by, as
# { text; declared = { <agent> = [ { permission; pattern; action; } ]; }; }.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import ../stand-ins.nix { inherit lib; };

  inherit (import ../../lib.nix { inherit lib pkgs; }) mkOpenCodeConfig;

  ofAll = [
    { webfetch = "deny"; }
    {
      bash = [
        { "npm *" = "allow"; }
        { "*" = "ask"; }
        { "*--force*" = "deny"; }
      ];
    }
    { "github_*" = "ask"; }
    { edit = "deny"; }
  ];
  ofReview = [
    { webfetch = "allow"; }
    {
      bash = [
        { "git *" = "allow"; }
        { "*" = "deny"; }
        { "git push *" = "ask"; }
      ];
    }
    { "*" = "deny"; }
  ];

  # [ { a = 1; } { b = 2; } ] as [ (f "a" 1) (f "b" 2) ]
  inOrder = f: lib.concatMap (lib.mapAttrsToList f);

  # One action is a rule for all patterns.
  rulesOf =
    list:
    lib.concatLists (
      inOrder (
        permission: value:
        inOrder (pattern: action: { inherit permission pattern action; }) (
          if lib.isList value then value else [ { "*" = value; } ]
        )
      ) list
    );
in
{
  inherit
    (mkOpenCodeConfig [
      {
        opencode = {
          permission = ofAll;
          agent.review.permission = ofReview;
          # The server takes these for rules that come before those of `permission`.
          tools = [
            { "z*" = true; }
            { "a*" = false; }
          ];
        };
      }
    ])
    text
    ;
  declared =
    let
      ofTools = [
        { "z*" = "allow"; }
        { "a*" = "deny"; }
      ];
    in
    {
      build = rulesOf (ofTools ++ ofAll);
      review = rulesOf (ofTools ++ ofAll ++ ofReview);
    };
}
