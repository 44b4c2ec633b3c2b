# Who may attach to a server, and what their clients are told.
{ lib, ask, ... }:
let
  inherit (ask) one refuses;

  shared = {
    auth = {
      generate = true;
      group = "developers";
    };
  };
  unit = "opencode-x-clients";
  serverOf = x: (ask.manifest (one x) "x").server;
  filesOf = x: (serverOf x).clientPasswordFile;

  # The instance `x` that `developers` may attach to, and a system around it.
  with_ =
    module:
    ask.system {
      imports = [ module ];
      services.opencode.instances.x = shared;
    };
  areIn = [
    "instances.x.auth.group: the agents of "
    "in the group developers"
    "the agents of y"
  ];
in
{
  tests = {
    "a client is the program of the instance" = {
      expr = lib.hasSuffix "-opencode/bin/opencode" (serverOf { }).client;
      expected = true;
    };
    "without a group, root alone finds the password, whether the server runs or not" = {
      expr = map filesOf [
        { }
        { auth.generate = true; }
        { auth.passwordFile = "/run/secrets/x"; }
        { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/y"; }
      ];
      expected = [
        null
        "/var/lib/opencode-passwords/x"
        "/run/secrets/x"
        "/run/secrets/y"
      ];
    };
    "the group has a copy, wherever the password is" = {
      expr = map (x: filesOf (lib.recursiveUpdate { auth.group = "developers"; } x)) [
        { auth.generate = true; }
        { auth.passwordFile = "/run/secrets/x"; }
        { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/y"; }
      ];
      expected = lib.replicate 3 "/run/opencode-passwords/x";
    };
    "the copy is made by root without powers, for the group, and not by the server" =
      let
        config = one shared;
      in
      {
        expr = [
          (map (ask.value config unit) [
            "Group"
            "UMask"
            "LoadCredential"
            "CapabilityBoundingSet"
            "PrivateNetwork"
            "ProtectSystem"
            "BindPaths"
            "Requires"
            "PartOf"
          ])
          (ask.directive config unit "User")
          (lib.elem "d /run/opencode-passwords 0711 root root - -" config.systemd.tmpfiles.rules)
          (config.users.groups ? developers)
        ];
        expected = [
          [
            "developers"
            "0027"
            "OPENCODE_SERVER_PASSWORD:/var/lib/opencode-passwords/x"
            ""
            "true"
            "strict"
            "/run/opencode-passwords"
            "opencode-x-password.service"
            "opencode-x-password.service"
          ]
          [ ]
          true
          true
        ];
      };
    "without a group there is no such unit" = {
      expr = lib.elem unit (ask.unitNames (one { auth.generate = true; }));
      expected = false;
    };
    "a group of people is taken" = {
      expr = ask.errors (one shared);
      expected = [ ];
    };

    "the group that an agent runs in is refused" =
      refuses (one (shared // { group = "developers"; }))
        [
          "instances.x.auth.group: the agents of x are in the group developers"
          "run commands as opencode-x"
        ];
    "so is one that another instance runs in" = refuses (with_ {
      services.opencode.instances.y.group = "developers";
    }) areIn;
    "so is one of an instance's extraGroups" = refuses (with_ {
      services.opencode.instances.y.extraGroups = [ "developers" ];
    }) areIn;
    "so is one that lists an instance's user" = refuses (with_ {
      services.opencode.instances.y = { };
      users.groups.developers.members = [ "opencode-y" ];
    }) areIn;
    "so is one of the person whom an instance runs as" = refuses (with_ {
      services.opencode.instances.y.user = "alice";
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "developers" ];
      };
    }) areIn;
    "so is one that a unit is given" = refuses (with_ {
      services.opencode.instances.y.serviceConfig.SupplementaryGroups = [ "developers" ];
    }) areIn;
    "with opencode 2, a group that may not enter the directory is warned of" =
      ask.warns (one (shared // { opencodeMajor = 2; }))
        [
          "instances.x.auth.group: the members of developers"
          "opencodectl attach"
          "/var/lib/opencode/projects/x"
        ];
    "with opencode 1, or a directory of the operator's, it is not" = {
      expr = lib.concatMap (x: ask.warnings (one (shared // x))) [
        { }
        { opencodeMajor = 2; directory = "/srv/x"; }
      ];
      expected = [ ];
    };
    "a group without a password to read is refused" = refuses (one { auth.group = "developers"; }) [
      "instances.x.auth.group: there is no file with a password"
    ];
    "a group whose clients would follow a name is refused" = refuses (one (
      lib.recursiveUpdate shared { listen.address = "server.example"; }
    )) [ "instances.x.auth.group: `listen.address` is the host name server.example" ];
    "two instances cannot share the name of its unit" =
      refuses
        (ask.instances {
          x = shared;
          x-clients = { };
        })
        [ "\"x\" and \"x-clients\" both need the unit opencode-x-clients" ];
  };
}
