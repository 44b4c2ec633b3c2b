# How it is proved that the server runs with what is declared, and what it takes to ask it.
{ lib, path }:
let
  inherit (lib) mkOption types;
in
{
  checkOnStart = mkOption {
    type = types.bool;
    default = true;
    description = ''
      Whether the server's unit becomes active only when the server answers for its project and runs with the declared
      rules and values: `opencodectl wait` asks the server, and compares. An instance whose rules or values are
      overridden fails to start. The journal then names the key and the file that overrides it, and systemd does not try
      again. If the project overrides what it may override (`projectConfig = true`), the instance starts, and the journal
      has a line.

      It needs an IP address in `listen.address`. Set `false` for a package that is not an opencode server, or that
      changes its own configuration. `opencodectl verify <name>` makes the same comparison at any time.
    '';
  };

  auth.generate = mkOption {
    type = types.nullOr types.bool;
    default = null;
    description = ''
      Whether a password for the server is generated at its first start: 32 random bytes as text, in
      `/var/lib/opencode-passwords/<name>`, which only root can read. `opencodectl password <name>` shows it to root
      while the server runs. To replace it, remove the file and restart `opencode-<name>-password`.

      With `null`, a password is generated in two cases: for opencode 2, unless you name a file with a password, since it
      would otherwise generate one at each start and print it to the journal; and with `onDemand` without
      `network.isolate`, unless you declare a password.
    '';
  };

  auth.group = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "developers";
    description = ''
      A group whose members may attach to the server (`opencodectl attach <name>`), besides root: they can read its
      password, in `/run/opencode-passwords/<name>`. Whoever has the password can run commands as the instance's user.
      The group is created if nothing else declares it. The user of an instance must not be in this group, since its
      agents could then read the password.

      `opencode-<name>-clients.service` copies the password there. When the content of `auth.passwordFile` changes,
      restart this service as well.
    '';
  };

  auth.required = mkOption {
    type = types.bool;
    default = true;
    description = ''
      Whether a server must have a password if others can reach it: if it listens on anything but the loopback interface,
      or has `nginx.domain`, or has `onDemand` without `network.isolate`. An environment file counts as a password, since
      its content is not known when the system is built. `false` is for a server whose port is reached
      only by those who may run commands as the instance's user.
    '';
  };

  auth.passwordFile = mkOption {
    type = types.nullOr path.absolute;
    default = null;
    example = "/run/secrets/opencode-web-password";
    description = ''
      A file with the password of the server; the user name is `opencode`. It becomes a credential of the server's unit,
      so only root needs to be able to read it. `opencodectl` uses it too.
    '';
  };
}
