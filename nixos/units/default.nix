# One instance in; its units, its user and its directories out.
{
  lib,
  pkgs,
  utils,
  manifestOf,
  # What the rest of the system says: the configuration that these units become part of.
  system,
  # The evaluated `services.opencode.defaults.serviceConfig`, as an option.
  defaultServiceConfig,
}:
let
  values = import ./values.nix { inherit lib; };
  serverOf = import ./server.nix {
    inherit
      lib
      pkgs
      utils
      defaultServiceConfig
      ;
  };
  setupOf = import ./setup.nix { inherit lib utils; };
  slices = import ./slices.nix { inherit lib; };
  logOf = import ./log.nix { inherit pkgs; };
  lockedConfigOf = import ./locked-config.nix { inherit lib pkgs; };
  sharedOf = import ./shared.nix { inherit lib pkgs; };
  mountsOf = import ./mounts.nix { inherit lib; };
  userOf = import ./user.nix { inherit lib; };
  places = import ../default-places.nix;
  databaseOf = import ./database.nix { inherit pkgs; };
  passwordOf = import ./password.nix { inherit lib pkgs; };
  clientsOf = import ./clients.nix { inherit lib pkgs; };
  proofOf = import ./proof.nix {
    inherit lib pkgs;
    systemd = system.systemd.package;
  };
  opencode = import ../opencode { inherit lib; };
  networkOf = import ./network {
    inherit lib pkgs utils;
    systemd = system.systemd.package;
  };
  onDemandOf = import ./on-demand.nix {
    inherit lib pkgs utils;
    systemd = system.systemd.package;
  };
in
name: declared:
let
  network = networkOf name declared;
  onDemandOfThis = onDemandOf name declared;
  cfg = onDemandOfThis.inside network.inside;
  onDemand = onDemandOfThis.units { inherit password manifest shared; };

  unit = "opencode-${name}";
  setupUnit = "${unit}-setup";
  locked = lockedConfigOf cfg;
  major = opencode.of cfg;
  password = passwordOf name cfg major;
  database = databaseOf major;
  clients = clientsOf name cfg {
    inherit password major;
    inherit (declared) listen;
  };
  proof = proofOf name cfg { inherit password clients major; };
  parts = { inherit locked proof major; };
  manifest = manifestOf name cfg parts;

  shared = sharedOf name cfg major;
  mounts = mountsOf cfg parts startsServer;

  server = system.systemd.services.${unit};
  # Otherwise somebody starts it when it is needed, and nobody else is to.
  isWanted = server.wantedBy ++ server.requiredBy ++ server.upheldBy or [ ] != [ ];

  # On demand, a client may have asked for it.
  startsServer = isWanted || cfg.onDemand.enable;

  extended =
    unit: additions:
    let
      given = lib.filter (addition: addition != { }) additions;
    in
    if given == [ ] then unit else lib.mkMerge ([ unit ] ++ given);

  # What two parts say of one unit.
  merged = lib.zipAttrsWith (_: lib.mkMerge);
in
{
  services = {
    ${unit} = extended (serverOf {
      requiredFiles = locked.required;
      inherit
        proof
        password
        database
        major
        name
        unit
        setupUnit
        manifest
        shared
        mounts
        cfg
        ;
    }) [ network.server onDemand.server ];

    ${setupUnit} = extended (setupOf {
      inherit
        name
        unit
        manifest
        shared
        mounts
        cfg
        ;
      inherit (database) beforeSetup;
      afterSetup =
        locked.afterSetup
        ++ (logOf cfg).afterSetup
        ++ database.afterSetup
        ++ proof.afterSetup manifest;
      startServer = lib.optional startsServer "-+${system.systemd.package}/bin/systemctl start --no-block ${unit}.service";
    }) [ onDemand.setup ];
  }
  // password.services
  // clients.services
  // merged [
    network.services
    onDemand.services
  ];

  sockets = merged [
    network.sockets
    onDemand.sockets
  ];

  slices = slices.ofInstance name cfg;

  # The executor's own folder: `opencode-setup apply ${name}` repairs by hand.
  manifests."opencode-setup/${name}.json".source = manifest;

  tmpfiles =
    lib.optional (
      cfg.directory == (places.of name).directory
    ) "d ${values.tmpfiles cfg.directory} 0750 ${cfg.user} ${cfg.group} - -"
    ++ mounts.tmpfiles
    ++ onDemand.tmpfiles
    ++ proof.tmpfiles
    ++ clients.tmpfiles;

  users = {
    ${cfg.user} = userOf name cfg;
  }
  // network.users
  // onDemand.users;
  groups = {
    ${cfg.group} = { };
  }
  // network.groups
  // clients.groups
  // onDemand.groups;
}
