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
        Paths besides `directory` and `stateDir` that the server may write to, as far as its user's permissions allow. If
        a path is missing, the server does not start and the journal names it, unless the path begins with `-`. The paths
        in `defaults` are added.
      '';
    };

    readOnlyPaths = paths {
      example = [ "/home/alice/reference" ];
      description = ''
        Paths that the server may read, but not write. They may be in directories that are otherwise hidden from it
        (`/home`, `/root`, `/run`, `/tmp`), or in `directory`, which it can otherwise write to. If a path is missing, the
        server does not start, unless the path begins with `-`. The paths in `defaults` are added.
      '';
    };

    readOnlyGit = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether `.git/config` and `.git/hooks` of `directory` are read-only for the server. git runs programs that these
        name, as the user who calls it. So an agent that can write to them can run commands as every person who uses git
        there. Branches and commits work as before; `git config` and `git remote add` do not. Both paths have to exist
        when the server starts: one that is created later is protected from the next start on.
      '';
    };

    unixSockets.allow = paths {
      example = [ "/run/postgresql" ];
      description = ''
        Sockets in `/run`, or directories with sockets, that the server may connect to. It sees no other sockets there.
        It sees the sockets that exist when it starts: when the service that listens at one is restarted, restart the
        server, too (`systemd.services.opencode-<name>.partOf` does that). If one is missing, the server does not start,
        unless its path begins with `-`. The paths in `defaults` are added.
      '';
    };
  };
}
