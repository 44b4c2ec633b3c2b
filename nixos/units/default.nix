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
  lockedConfigOf = import ./locked-config.nix { inherit lib pkgs; };
  proofOf = import ./proof.nix { inherit lib pkgs utils; };
  networkOf = import ./network {
    inherit lib pkgs utils;
    systemd = system.systemd.package;
  };
in
name: declared:
let
  network = networkOf name declared;
  cfg = network.inside;

  unit = "opencode-${name}";
  setupUnit = "${unit}-setup";
  locked = lockedConfigOf cfg;
  proof = proofOf name cfg;
  manifest = manifestOf name cfg { inherit locked proof; };

  shared = import ./shared.nix { inherit lib pkgs; } name cfg;
  mounts = import ./mounts.nix { inherit lib; } cfg { inherit locked proof; } isWanted;

  server = system.systemd.services.${unit};
  # Otherwise somebody starts it when it is needed, and nobody else is to.
  isWanted = server.wantedBy ++ server.requiredBy ++ server.upheldBy or [ ] != [ ];

  withNetwork =
    unit:
    if network.server == { } then
      unit
    else
      lib.mkMerge [
        unit
        network.server
      ];
in
{
  services = {
    ${unit} = withNetwork (serverOf {
      requiredFiles = locked.required;
      inherit
        proof
        name
        unit
        setupUnit
        manifest
        shared
        mounts
        cfg
        ;
    });

    ${setupUnit} = setupOf {
      inherit
        name
        unit
        manifest
        shared
        mounts
        cfg
        ;
      afterSetup = locked.afterSetup ++ proof.afterSetup manifest;
      startServer = lib.optional isWanted "-+${system.systemd.package}/bin/systemctl start --no-block ${unit}.service";
    };
  }
  // network.services;

  inherit (network) sockets;

  slices = slices.ofInstance name cfg;

  # The executor's own folder: `opencode-setup apply ${name}` repairs by hand.
  manifests."opencode-setup/${name}.json".source = manifest;

  tmpfiles =
    lib.optional (
      cfg.directory == ((import ../default-places.nix).of name).directory
    ) "d ${values.tmpfiles cfg.directory} 0750 ${cfg.user} ${cfg.group} - -"
    ++ mounts.tmpfiles
    ++ proof.tmpfiles;

  users = {
    ${cfg.user} = import ./account.nix { inherit lib; } name cfg;
  }
  // network.users;
  groups = {
    ${cfg.group} = { };
  }
  // network.groups;
}
