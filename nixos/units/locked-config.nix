# `lockConfig`: what of HOME only the setup unit writes to.
#
# An owner can rename what belongs to somebody else, and the directory that a mount is in, but not a mount. So what is
# protected is a mount, and so is every directory between it and HOME. A mount needs something to be mounted on, which
# no agent may put there first: the setup unit makes it all.
{ lib, pkgs }:
let
  inherit (import ../content/home-places.nix) ignoring locked logins;

  # ".local/share" -> [ ".local" ".local/share" ]; the parent of a plain name is ".".
  withParents = path: if path == "." then [ ] else withParents (builtins.dirOf path) ++ [ path ];
  directoriesTo = path: withParents (builtins.dirOf path);

  # opencode writes this file where it is missing, and answers every question about a project with an error where it
  # cannot. To the byte what it writes (1.18.33), so that one of its own is no conflict.
  gitignore = pkgs.writeText "opencode-gitignore" (
    lib.concatStringsSep "\n" [
      "node_modules"
      "package.json"
      "package-lock.json"
      "bun.lock"
      ".gitignore"
    ]
  );

  # Of a link systemd would mount what it leads to, and the link itself could be replaced.
  prepare = pkgs.writeShellScript "opencode-prepare-lock" ''
    set -euo pipefail
    cd "$HOME"
    refuse() {
      echo "$HOME/$1 $2, so it cannot be locked for the server: move it away and start this unit again, or set the instance's $3 = false" >&2
      exit 1
    }
    for directory in ${lib.escapeShellArgs (lib.unique (lib.concatMap withParents locked))}; do
      if [ -L "$directory" ] || [ ! -d "$directory" ]; then
        refuse "$directory" "is not a directory" lockConfig
      fi
    done
    [ "''${1-}" = logins ] || exit 0
    for directory in ${lib.escapeShellArgs (directoriesTo logins)}; do
      if [ -L "$directory" ] || [ ! -d "$directory" ]; then
        refuse "$directory" "is not a directory" lockLogins
      fi
    done
    if [ ! -e ${logins} ] && [ ! -L ${logins} ]; then
      (umask 077 && echo '{}' > ${logins})
    fi
    if [ -L ${logins} ] || [ ! -f ${logins} ]; then
      refuse ${logins} "is not a regular file" lockLogins
    fi
  '';

  nothing = {
    directories = [ ];
    links = [ ];
    afterSetup = [ ];
    readWritePaths = [ ];
    readOnlyPaths = [ ];
    required = [ ];
  };
in
cfg:
let
  below = map (path: "${cfg.stateDir}/${path}");
in
if !cfg.lockConfig then
  nothing
else
  {
    # For the manifest.
    directories = locked;
    links = map (directory: {
      path = "${directory}/.gitignore";
      source = "${gitignore}";
    }) ignoring;

    # What the setup unit does when the executor is done.
    afterSetup = [ "${prepare}${lib.optionalString cfg.lockLogins " logins"}" ];

    # For the mounts of the server.
    readWritePaths = below (
      lib.concatMap directoriesTo locked ++ lib.optionals cfg.lockLogins (directoriesTo logins)
    );
    readOnlyPaths = below (locked ++ lib.optional cfg.lockLogins logins);

    # Not made by the executor, so not mended by one who calls it by hand.
    required = below (lib.optional cfg.lockLogins logins);
  }
