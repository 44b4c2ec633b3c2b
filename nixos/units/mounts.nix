# What the two units see of the file system, beyond what hardening.nix leaves of it.
{ lib }:
cfg:
# What locked-config.nix and proof.nix say.
{ locked, proof }:
# Whether the setup unit runs systemctl.
callsSystemctl:
let
  values = import ./values.nix { inherit lib; };
  hardening = import ./hardening.nix;
  inherit (import ../default-places.nix) home;

  stateDirectory = import ./state-directory.nix { inherit lib; } cfg;

  isOurs = path: lib.hasPrefix "${home}/" path;

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

  # With which the names of hosts and users resolve.
  names = [
    "-/run/nscd"
    "-/run/systemd/resolve"
  ];

  isRequired = path: !lib.hasPrefix "-" path;
  quoted = map values.quoted;
  optional = map (path: "-${path}");

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
        ++ cfg.sandbox.readOnlyPaths
        ++ cfg.sandbox.unixSockets.allow
        ++ optional configFiles
      );
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
          # The socket that only root may use.
          ++ lib.optional callsSystemctl "/run/systemd/private"
        )
        ++ lib.optionals cfg.hookSandbox.network names
      );
      # The folder that tells systemctl that systemd runs.
      TemporaryFileSystem =
        hardening.setup.TemporaryFileSystem ++ lib.optional callsSystemctl "/run/systemd/system:ro";
    };
  };
}
