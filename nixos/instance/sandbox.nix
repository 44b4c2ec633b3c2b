# Exceptions from the server's sandbox.
{
  lib,
  path,
}:
let
  inherit (lib) mkOption types;

  paths =
    attributes:
    mkOption (
      {
        type = types.listOf path.optional;
        default = [ ];
      }
      // attributes
    );
in
{
  sandbox = {
    readWritePaths = paths {
      example = [ "/srv/shared" ];
      description = ''
        Paths besides `directory` and `stateDir` that the server may write to, as far as the permissions of its user go.
        A path that is missing keeps the server down, and the journal names it, unless it begins with `-`. Those of
        `defaults` are added.
      '';
    };

    readOnlyPaths = paths {
      example = [ "/home/alice/reference" ];
      description = ''
        Paths that the server may read although they lie where it sees nothing (`/home`, `/root`, `/run`, `/tmp`), or
        may not write although they lie in `directory`. A path that is missing keeps the server down, unless it begins
        with `-`. Those of `defaults` are added.
      '';
    };

    readOnlyGit = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether `.git/config` and `.git/hooks` of `directory` are read-only for the server. git runs programs that these
        name, as whoever calls it: with write access to them, an agent can have its commands run as any person who uses
        git there. Branches and commits work as before; `git config` and `git remote add` do not. Both have to
        be there when the server starts: what is made later is protected from the next start on.
      '';
    };

    unixSockets.allow = paths {
      example = [ "/run/postgresql" ];
      description = ''
        Sockets under `/run`, or folders of them, that the server may connect to; it sees no other there. It sees what
        is there when it starts: when the service behind a socket is restarted, restart the server, too
        (`systemd.services.opencode-<name>.partOf` does that). One that is missing keeps the server down, unless it
        begins with `-`. Those of `defaults` are added.
      '';
    };
  };
}
