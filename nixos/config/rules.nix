# Objects of opencode.json in which the last entry that matches wins, so that their order counts. No JSON schema says which
# those are. They take a list of entries as well as a set.
{ lib }:
let
  # Where an agent says the same as the top level.
  ofAgents = [
    "agent"
    "mode"
  ];

  withoutAgent =
    path: if lib.elem (lib.head path) ofAgents && lib.length path > 2 then lib.drop 2 path else path;

  namesIn = value: if lib.isAttrs value then lib.attrNames value else [ ];
in
{
  # Is that so for the value at a path (`[ "agent" "review" "permission" "bash" ]`), if it is an object?
  isOrdered =
    path:
    path != [ ]
    && (
      let
        own = withoutAgent path;
      in
      own == [ "tools" ] || lib.head own == "permission" && lib.length own <= 2
    );

  # The paths of the outermost ones that a configuration has.
  rootsIn =
    config:
    lib.filter (path: lib.attrByPath path null config != null) (
      lib.concatMap (holder: [
        (holder ++ [ "permission" ])
        (holder ++ [ "tools" ])
      ]) (
        [ [ ] ]
        ++ lib.concatMap (
          section: map (name: [ section name ]) (namesIn (config.${section} or null))
        ) ofAgents
      )
    );
}
