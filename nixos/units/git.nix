# What git is told in both units.
#
# It is told as the configuration of the system, the weakest there is: /etc/gitconfig comes after ours, and what HOME, a
# repository or GIT_CONFIG_COUNT say comes after that. `safe.directory` counts there, but not in a repository.
{ lib, pkgs }:
name: cfg:
let
  credentialName = "git-credentials";

  # git asks helpers to store and to erase as well, for which a credential is no place.
  helper = pkgs.writeShellScript "opencode-${name}-git-credential" ''
    set -euo pipefail
    [ "$1" = get ] || exit 0
    exec git credential-store --file="$CREDENTIALS_DIRECTORY/${credentialName}" get
  '';

  settings = {
    # The project may well be somebody else's; the operator has named it as this instance's. Below it are the
    # repositories of a folder of projects (git 2.46 and later).
    safe.directory = [
      cfg.directory
      "${cfg.directory}/*"
    ];
    user = {
      name = cfg.git.userName;
      email = cfg.git.userEmail;
    };
  }
  // lib.optionalAttrs (cfg.git.credentialsFile != null) { credential.helper = "${helper}"; };

  # Last, so that it wins. git passes over a file that is not there.
  systems = {
    include.path = "/etc/gitconfig";
  };

  file = pkgs.writeText "opencode-${name}-gitconfig" (
    lib.generators.toGitINI settings + lib.generators.toGitINI systems
  );
in
{
  environment.GIT_CONFIG_SYSTEM = "${file}";
  credentials = lib.optionalAttrs (cfg.git.credentialsFile != null) {
    ${credentialName} = cfg.git.credentialsFile;
  };
}
