# What of `services.opencode.defaults` reaches an instance: only what the operator wrote, leaf by leaf, at a priority between
# an instance's `mkDefault` and an option's own default. An override on a whole section would drop the section that the
# instance writes; a whole value would make every default of ours look like the operator's.
#
# Names and priorities are those of the definitions; the values are those that the options of `defaults` have, so that what
# is wrong with them is said of `defaults`.
{ lib, definitions }:
let
  inherit (definitions) isSection named strongest;

  # Weaker than mkDefault (1000), stronger than what an option declaration says (1500).
  handDown = lib.mkOverride 1250;

  # `mkForce` in `defaults` is a lock: it keeps its priority, and so beats the instance.
  isLock = priority: priority < lib.modules.defaultOverridePriority;

  # The merged `value` of the definitions that were kept, with a priority at each leaf that one of them wrote.
  layer =
    kept: value:
    if isLock kept.priority then
      lib.mkOverride kept.priority value
    else if isSection value then
      lib.mapAttrs (name: layer (strongest (named name kept.contents))) (
        builtins.intersectAttrs (lib.mergeAttrsList kept.contents) value
      )
    else
      handDown value;

  layerOption =
    name: option:
    if isLock option.highestPrio then
      lib.mkOverride option.highestPrio option.value
    else if name == "config" then
      layer (definitions.strongestConfig option.definitions) option.value
    else
      layer (strongest option.definitions) option.value;

  layerOptions = lib.concatMapAttrs (
    name: node:
    if !lib.isOption node then
      { ${name} = layerOptions node; }
    else
      lib.optionalAttrs (definitions.isWritten node) { ${name} = layerOption name node; }
  );
in
{
  inherit isLock;
  layer = layerOptions;
}
