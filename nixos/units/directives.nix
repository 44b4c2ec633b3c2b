# How our directives give way to an operator's.
#
#   a single value   theirs replaces ours
#   a list           theirs is added to ours, as everywhere in NixOS; `lib.mkForce` replaces it
{ lib }:
let
  # Stronger than what an option says by itself (1500), weaker than what `defaults` hands down (1250).
  weak = lib.mkOverride 1400;
  ofDefaults = lib.mkOverride 1250;

  plainPriority = lib.modules.defaultOverridePriority;
in
{
  # Ours come first: in SystemCallFilter=, for one, the later entry decides.
  ours = lib.mapAttrs (_: value: if lib.isList value then lib.mkBefore value else weak value);

  # What `defaults.serviceConfig` says, given as an option: between ours and the instance's. Locks stay locks.
  fromDefaults =
    option:
    let
      isLocked = priority: priority < plainPriority;
      handDown =
        value:
        let
          type = value._type or null;
        in
        if type == "merge" then
          value // { contents = map handDown value.contents; }
        else if type == "if" then
          value // { content = handDown value.content; }
        else if type == "order" || type == "override" && isLocked value.priority then
          value
        else if type == "override" then
          handDown value.content
        else if lib.isList value then
          lib.mkOrder 750 value
        else if isLocked option.highestPrio then
          lib.mkOverride option.highestPrio value
        else
          ofDefaults value;
    in
    map (lib.mapAttrs (_: handDown)) option.definitions;

  # A directive without a value is noise in a unit.
  nonEmpty = lib.filterAttrs (_: list: list != [ ]);
}
