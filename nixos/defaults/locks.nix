# Whether what `defaults` lock with lib.mkForce holds in an instance.
#
# A lock beats what an instance writes in its place. But an instance can replace the value around it: by one of another kind
# or shape, by null, or by a set at lib.mkForce. So it is judged afterwards.
{ lib, isLock }:
handedDown:
let
  # [ { path; value; } ]
  locksIn =
    path: node:
    if lib.isType "override" node then
      lib.optional (isLock node.priority) {
        inherit path;
        value = node.content;
      }
    else
      lib.concatLists (lib.mapAttrsToList (name: locksIn (path ++ [ name ])) node);

  locks = lib.groupBy (lock: lib.head lock.path) (locksIn [ ] handedDown);

  valueAt = lib.foldl' (value: name: if lib.isAttrs value then value.${name} or null else null);

  complaint =
    name: lock:
    let
      option = owner: lib.showOption ([ "services" "opencode" ] ++ owner ++ lock.path);
    in
    "The option `${option [ "instances" name ]}' is locked by lib.mkForce in `${option [ "defaults" ]}', and this instance replaces the value around it. Give that value the same kind and no lib.mkForce, or remove the lock.";
in
# An instance whose options say what opens a lock, as soon as they are read.
name: instance:
instance
// lib.mapAttrs (
  option: locksOfOption:
  let
    opened = lib.filter (lock: valueAt instance lock.path != lock.value) locksOfOption;
  in
  lib.throwIf (opened != [ ]) (lib.concatMapStringsSep "\n" (complaint name) opened) instance.${option}
) locks
