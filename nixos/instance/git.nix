# Who commits, and what it may push with.
{ lib, path }:
let
  inherit (lib) mkOption types;
in
{
  git = {
    userName = mkOption {
      type = types.nonEmptyStr;
      defaultText = "the instance's name";
      example = "Web agent";
      description = ''
        The name in commits that the instance makes. `/etc/gitconfig`, a `.gitconfig` in the state directory, and the
        repository's own configuration override it.
      '';
    };

    userEmail = mkOption {
      type = types.nonEmptyStr;
      defaultText = "<name>@<host name>";
      example = "agents@example.org";
      description = "The address in commits that the instance makes. What overrides `git.userName` overrides it too.";
    };

    credentialsFile = mkOption {
      type = types.nullOr path.secret;
      default = null;
      example = "/run/secrets/git-credentials";
      description = ''
        The credentials for fetching and pushing over HTTP: a file of lines such as `https://user:token@git.example.org`
        (git-credential-store(1)). systemd reads it as root when a unit starts, so it may belong to root. The server's
        agents can read the credentials. In the units, the file is the credential `git-credentials`.
      '';
    };
  };
}
