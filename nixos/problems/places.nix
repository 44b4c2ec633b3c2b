# State directories and projects that are somebody else's: the system's, or another user's.
{ lib, system }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  inherit (import ./paths.nix { inherit lib; }) nearestIn selfAndParents;
  places = import ./system-places.nix;

  ofItsOwn = "Name a directory of its own, or leave the option out.";
  handedOver = "and systemd would make the user of the instance its owner. ${ofItsOwn}";

  reasonForState =
    path:
    let
      tree = nearestIn places.trees path;
    in
    places.directories.${path} or (if tree == null then null else places.trees.${tree});

  reasonForProject =
    path:
    places.directories.${path}
      or places.trees.${path}
      or (
        let
          tree = nearestIn (lib.genAttrs places.closedTrees (_: null)) path;
        in
        if tree == null then null else places.trees.${tree}
      );
in
instances:
let
  states = lib.groupBy (name: instances.${name}.stateDir) (lib.attrNames instances);

  # A user of an instance's own has its state directory as its home.
  isItsOwn =
    user: home: lib.any (name: instances.${name}.user == user) (states.${home} or [ ]);

  # The users by their homes; many have one that is nobody's.
  usersByHome =
    removeAttrs
      (lib.groupBy (user: system.users.users.${user}.home) (
        lib.filter (
          user:
          let
            home = system.users.users.${user}.home or null;
          in
          home != null && !isItsOwn user home
        ) (lib.attrNames system.users.users)
      ))
      [
        "/"
        "/var/empty"
      ];
  # The homes in a directory, and in those of its own.
  homesBelow = lib.groupBy ({ above, ... }: above) (
    lib.concatMap (home: map (above: { inherit above home; }) (selfAndParents (builtins.dirOf home))) (
      lib.attrNames usersByHome
    )
  );
  # Only root and systems have homes that somebody else's directories may be in.
  homesOfPeople = lib.filterAttrs (_: lib.any (user: system.users.users.${user}.isNormalUser)) usersByHome;

  errorsOfHomes =
    name: cfg:
    let
      others = home: lib.filter (user: user != cfg.user) (usersByHome.${home} or [ ]);
      above = nearestIn homesOfPeople (builtins.dirOf cfg.stateDir);
      below = lib.filter ({ home, ... }: others home != [ ]) (homesBelow.${cfg.stateDir} or [ ]);
      of = home: "the home of the user ${lib.head (others home)}";
    in
    if others cfg.stateDir != [ ] then
      [
        "${option name "stateDir"}: ${cfg.stateDir} is ${of cfg.stateDir}, ${handedOver}"
      ]
    else if below != [ ] then
      [
        "${option name "stateDir"}: ${cfg.stateDir} contains ${of (lib.head below).home}, ${(lib.head below).home}, ${handedOver}"
      ]
    else if above != null && others above != [ ] then
      [
        "${option name "stateDir"}: ${cfg.stateDir} is in ${of above}, ${above}, which no other user can enter. ${ofItsOwn}"
      ]
    else
      [ ];
in
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg:
    (
      if reasonForState cfg.stateDir != null then
        [
          "${option name "stateDir"}: ${cfg.stateDir} ${reasonForState cfg.stateDir}, ${handedOver}"
        ]
      else
        errorsOfHomes name cfg
    )
    ++ lib.optional (reasonForProject cfg.directory != null)
      "${option name "directory"}: ${cfg.directory} ${reasonForProject cfg.directory}, and the server could write to everything there that its user can write to. Name the directory of the project itself."
  ) instances
)
