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
        Paths besides `directory` and `stateDir` that the server may write to, as far as its user's permissions allow.
        If a path is missing, the server does not start and the journal names it, unless the path begins with `-`. Those
        of `defaults` are added.
      '';
    };

    readOnlyPaths = paths {
      example = [ "/home/alice/reference" ];
      description = ''
        Paths that the server may read although they lie where it sees nothing (`/home`, `/root`, `/run`, `/tmp`), or
        may not write although they lie in `directory`. If a path is missing, the server does not start, unless the path
        begins with `-`. Those of `defaults` are added.
      '';
    };

    readOnlyGit = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether `.git/config` and `.git/hooks` of `directory` are read-only for the server. git runs programs that these
        name, as the user who calls it. So an agent that can write to them can run commands as every person who uses git
        there. Branches and commits work as before; `git config` and `git remote add` do not. Both have to be there when
        the server starts: what is made later is protected from the next start on.
      '';
    };

    unixSockets.allow = paths {
      example = [ "/run/postgresql" ];
      description = ''
        Sockets under `/run`, or folders of them, that the server may connect to; it sees no other there. It sees what
        is there when it starts: when the service behind a socket is restarted, restart the server, too
        (`systemd.services.opencode-<name>.partOf` does that). If one is missing, the server does not start, unless its
        path begins with `-`. Those of `defaults` are added.
      '';
    };
  };
}
