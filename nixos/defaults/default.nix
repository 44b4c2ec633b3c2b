# How `services.opencode.defaults` reaches an instance.
#
#   definitions.nix   what operators write, taken out of mkIf, mkForce and the like
#   hand-down.nix     what of `defaults` an instance gets, and how strongly
#   give-way.nix      where that gives way to what an instance writes
#   locks.nix         whether what `defaults` lock holds
#
# Three rare cases end in an error that names both places, since more would cost more than it is worth:
#   - An instance replaces the value around a lock, by another kind or shape, by null, or by a set at lib.mkForce.
#   - An instance that is a function (`instances.x = { ... }: ...`) gives a value of another kind than `defaults`.
#   - A module as the `config` of an instance decides by what `defaults` say of which kind a value is. It is looked at by
#     itself, where it sees what the instance writes and nothing else.
{
  lib,
  # ../config
  config,
  specialArgs,
  # `options.services.opencode.defaults`
  declared,
  # `options.services.opencode.instances`
  instances,
}:
let
  definitions = import ./definitions.nix { inherit lib config specialArgs; };
  handDown = import ./hand-down.nix { inherit lib definitions; };
  giveWay = import ./give-way.nix {
    inherit
      lib
      config
      declared
      definitions
      ;
  };

  handedDown = handDown.layer (
    removeAttrs declared [
      "path"
      "sandbox"
    ]
  );

  besideOwn = giveWay handedDown;

  # The options whose values are added to the instance's own instead of giving way to them.
  inherit (declared) path sandbox;

  # The instance's own come first, since the first on a PATH wins.
  added =
    default: instance: own:
    if handDown.isLock default.highestPrio then
      default.value
    else if handDown.isLock instance.highestPrio then
      own
    else
      own ++ default.value;

  # The declaration of an additive option, given that of `defaults` and that of the instance.
  additive =
    default: instance: declaration:
    if definitions.isWritten default then
      declaration // { apply = added default instance; }
    else
      declaration;
in
rec {
  # The `_file` of the definitions that `defaults` hand down. It tells the operator who reads an error where they came from.
  file = "services.opencode.defaults";

  # The module that carries the defaults into each instance.
  module =
    { name, ... }:
    {
      _file = file;
      config = besideOwn (
        (definitions.strongest (definitions.named name instances.definitions)).contents
      );
    };

  # The option declarations of an instance, with the additive ones of them made so.
  addUp =
    instance: declarations:
    declarations
    // {
      path = additive path instance.path declarations.path;
      sandbox = lib.mapAttrsRecursiveCond (node: !lib.isOption node) (
        trail: additive (lib.getAttrFromPath trail sandbox) (lib.getAttrFromPath trail instance.sandbox)
      ) declarations.sandbox;
    };

  # An instance by its name, or an error that says which lock it opens.
  judge = import ./locks.nix {
    inherit lib;
    inherit (handDown) isLock;
  } handedDown;
}
