# What the two units see of the file system, beyond what hardening.nix leaves of it.
{ lib }:
let
  values = import ./values.nix { inherit lib; };
  hardening = import ./hardening.nix;
  stateDirectoryOf = import ./state-directory.nix { inherit lib; };
  inherit (import ../default-places.nix) home;

  isOurs = path: lib.hasPrefix "${home}/" path;

  # With which the names of hosts and users resolve.
  names = [
    "-/run/nscd"
    "-/run/systemd/resolve"
  ];

  # "+" takes a command out of the sandbox, and not out of these mounts.
  forSystemctl =
    let
      needed = import ./for-systemctl.nix;
    in
    {
      sockets = [ "-${needed.socket}" ];
      TemporaryFileSystem = [ needed.folder ];
    };

  isRequired = path: !lib.hasPrefix "-" path;
  quoted = map values.quoted;
  optional = map (path: "-${path}");
in
cfg:
# What locked-config.nix and proof.nix say.
{ locked, proof, ... }:
# Whether the setup unit runs systemctl.
callsSystemctl:
let
  stateDirectory = stateDirectoryOf cfg;

  # hardening.nix hides the folder of all instances; this instance's part of it is bound back.
  stateDirectories = lib.optional (stateDirectory.isBound || isOurs cfg.stateDir) cfg.stateDir;

  # Of the same user, and not in the folder of all instances.
  otherStates = lib.filter (path: !isOurs path) cfg.otherStates;

  # One in the store is there and in sight anyway.
  configFiles = lib.optional (
    cfg.configFile != null && !lib.hasPrefix "${builtins.storeDir}/" "${cfg.configFile}"
  ) "${cfg.configFile}";

  # A mount cannot be renamed: without that of .git itself, another .git could take the place of the protected one.
  git = lib.optionalAttrs cfg.sandbox.readOnlyGit {
    writable = [ "-${cfg.directory}/.git" ];
    readOnly = [
      "-${cfg.directory}/.git/config"
      "-${cfg.directory}/.git/hooks"
    ];
  };

  both =
    stateDirectory.serviceConfig
    // lib.optionalAttrs (otherStates != [ ]) {
      InaccessiblePaths = quoted (optional otherStates);
    };
in
{
  inherit (stateDirectory) tmpfiles;

  server = {
    requires = quoted (
      [
        cfg.stateDir
        cfg.directory
      ]
      ++ lib.filter isRequired (cfg.sandbox.readWritePaths ++ cfg.sandbox.readOnlyPaths)
    );
    serviceConfig = both // {
      BindPaths = quoted (
        [ cfg.directory ]
        ++ git.writable or [ ]
        ++ stateDirectories
        ++ locked.readWritePaths
        ++ cfg.sandbox.readWritePaths
      );
      BindReadOnlyPaths = quoted (
        [
          # The system's programs and locales, as they were at the start: a mount cannot follow the link that a switch
          # replaces, and without this one there would be none.
          "-/run/current-system"
        ]
        # They look names up in the DNS, and so would lead out of a network namespace.
        ++ lib.optionals (!cfg.network.isolate) names
        ++ git.readOnly or [ ]
        ++ locked.readOnlyPaths
        ++ proof.directories
        ++ lib.optionals proof.callsSystemctl forSystemctl.sockets
        ++ cfg.sandbox.readOnlyPaths
        ++ cfg.sandbox.unixSockets.allow
        ++ optional configFiles
      );
      TemporaryFileSystem =
        hardening.server.TemporaryFileSystem
        ++ lib.optionals proof.callsSystemctl forSystemctl.TemporaryFileSystem;
    };
  };

  setup = {
    requires = quoted ([ cfg.stateDir ] ++ configFiles);
    serviceConfig = both // {
      BindPaths = quoted (stateDirectories ++ proof.directories);
      # Hooks may look at the project, wherever it is.
      BindReadOnlyPaths = quoted (
        optional (
          lib.filter isOurs [ cfg.directory ]
          ++ configFiles
        )
        ++ lib.optionals callsSystemctl forSystemctl.sockets
        ++ lib.optionals cfg.hookSandbox.network names
      );
      TemporaryFileSystem =
        hardening.setup.TemporaryFileSystem
        ++ lib.optionals callsSystemctl forSystemctl.TemporaryFileSystem;
    };
  };
}
