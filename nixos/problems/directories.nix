# State directories that other instances could look into, write to, or lose.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  inherit (import ./paths.nix { inherit lib; }) selfAndParents;
in
instances:
let
  directories = lib.groupBy (name: instances.${name}.directory) (lib.attrNames instances);
  states = lib.groupBy (name: instances.${name}.stateDir) (lib.attrNames instances);
  # The instances that claim `path` or a parent of it.
  above = claims: path: lib.concatMap (parent: claims.${parent} or [ ]) (selfAndParents path);
  others = name: lib.filter (other: other != name);
in
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    let
      inDirectoryOf = above directories cfg.stateDir;
      directoryInStateOf = above states cfg.directory;
      # One that is shared has its own message.
      inStateOf = others name (above states (builtins.dirOf cfg.stateDir));
    in
    lib.optional (lib.elem name inDirectoryOf) "${option name "stateDir"}: ${cfg.stateDir} is the instance's `directory` or below it, ${cfg.directory}. Logins and sessions would be part of the project. Move one of them."
    ++
      lib.optional (lib.elem name directoryInStateOf && cfg.directory != cfg.stateDir)
        "${option name "directory"}: ${cfg.directory} is below the instance's `stateDir`, ${cfg.stateDir}, so the setup unit and its hooks could write to the project. Move one of them."
    ++ map (
      other:
      "${option name "stateDir"}: ${cfg.stateDir} is in the `directory` of ${other}, ${instances.${other}.directory}, so the agents of ${other} could write to it. Move one of them."
    ) (others name inDirectoryOf)
    ++
      map
        (
          other:
          "${option name "directory"}: ${cfg.directory} is in the `stateDir` of ${other}, ${instances.${other}.stateDir}, which no other user can enter. Move one of them."
        )
        (lib.filter (other: instances.${other}.stateDir != cfg.directory) (others name directoryInStateOf))
    ++ map (
      other:
      "${option name "stateDir"}: ${cfg.stateDir} is in the `stateDir` of ${other}, ${instances.${other}.stateDir}, which no other user can enter. Move one of them."
    ) inStateOf
  ) instances
)
++ lib.mapAttrsToList (
  stateDir: sharers:
  "services.opencode.instances: ${names sharers} have the same `stateDir`, ${stateDir}. Each needs its own. Leave the option out, or set another one."
) (lib.filterAttrs (_: sharers: lib.length sharers > 1) states)
