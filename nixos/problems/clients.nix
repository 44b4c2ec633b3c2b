# Who may attach to a server can have commands run there: people, and no agent.
{ lib, system }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;

  sourceOf = import ../password-source.nix { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };
  opencode = import ../opencode { inherit lib; };
  places = import ../default-places.nix;

  # The groups of what runs in an instance. A group may be named twice.
  groupsOf =
    name: cfg:
    let
      user = system.users.users.${cfg.user};
      supplementary =
        system.systemd.services."opencode-${name}".serviceConfig.SupplementaryGroups or [ ];
      listing = lib.filterAttrs (_: group: lib.elem cfg.user group.members) system.users.groups;
    in
    [
      cfg.group
      user.group
    ]
    ++ cfg.extraGroups
    ++ user.extraGroups
    ++ lib.concatMap (lib.splitString " ") (lib.toList supplementary)
    ++ lib.attrNames listing;

  errorsOf =
    agentsIn: name: cfg:
    let
      inherit (cfg.auth) group;
      agents = agentsIn.${group} or [ ];
      source = sourceOf (opencode.of cfg) name cfg;
    in
    lib.optionals (group != null) (
      lib.optional (agents != [ ])
        "${option name "auth.group"}: the agents of ${names agents} are in the group ${group}, so they could read the password and run commands as ${cfg.user}. Name a group that contains no user of an instance."
      ++
        lib.optional (source.fileOfRoot == null)
          "${option name "auth.group"}: there is no file with a password that the group could read. Set `auth.generate = true`, or `auth.passwordFile`."
      ++
        lib.optional (askedAt cfg.listen.address == null)
          "${option name "auth.group"}: `listen.address` is the host name ${cfg.listen.address}, so a client could send the password to another host. Set `listen.address` to an IP address."
    );

  # Of a directory that is the operator's, nobody here knows who may enter it.
  warningsOf =
    name: cfg:
    let
      major = opencode.of cfg;
    in
    lib.optional (major.clientIsInDirectory && cfg.directory == (places.of name).directory)
      "${option name "auth.group"}: the members of ${cfg.auth.group} can read the password, but cannot use `opencodectl attach`: the terminal client of opencode ${toString major.api} has to be in ${cfg.directory}, which only root and ${cfg.user} can enter. Set `directory` to a directory that they can enter, or let them use the API.";
in
{
  errors =
    instances:
    let
      # { <group> = [ <name of an instance> ... ]; }
      agentsIn = lib.zipAttrs (
        lib.mapAttrsToList (
          name: cfg: lib.genAttrs (lib.unique (groupsOf name cfg)) (_: name)
        ) instances
      );
    in
    lib.optionals (lib.any (cfg: cfg.auth.group != null) (lib.attrValues instances)) (
      lib.concatLists (lib.mapAttrsToList (errorsOf agentsIn) instances)
    );

  warnings =
    _defaults: instances:
    lib.concatLists (
      lib.mapAttrsToList warningsOf (lib.filterAttrs (_: cfg: cfg.auth.group != null) instances)
    );
}
